#include "cli/gzip.h"

#include <zlib.h>

#include <algorithm>
#include <limits>

#include "cli/error.h"

namespace holmes::cli {

namespace {

constexpr int kGzipWindow = 15 + 16;  // zlib's way to say: with a gzip header
constexpr int kGzipMemory = 8;

Bytef* input_pointer(std::string_view bytes) {
  // zlib's interface has no const; it never writes there.
  return reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
}

class Inflater {
 public:
  Inflater() {
    if (inflateInit2(&stream_, kGzipWindow) != Z_OK) throw Error("zlib does not start");
  }
  ~Inflater() { inflateEnd(&stream_); }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  // Inflates one member into `out`; returns what follows it.
  std::string_view member(std::string_view in, std::string& out, uint64_t cap) {
    inflateReset(&stream_);
    stream_.next_in = input_pointer(in);
    stream_.avail_in = static_cast<uInt>(in.size());
    char buffer[64 * 1024];
    for (;;) {
      stream_.next_out = reinterpret_cast<Bytef*>(buffer);
      stream_.avail_out = sizeof buffer;
      const int result = inflate(&stream_, Z_NO_FLUSH);
      if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR) {
        throw Error(std::string("damaged gzip data: ") +
                    (stream_.msg != nullptr ? stream_.msg : "unknown format"));
      }
      const size_t got = sizeof buffer - stream_.avail_out;
      if (out.size() + got > cap) {
        throw Error("gzip data holds more than " + std::to_string(cap) + " bytes");
      }
      out.append(buffer, got);
      if (result == Z_STREAM_END) return in.substr(in.size() - stream_.avail_in);
      if (got == 0 && stream_.avail_in == 0) throw Error("gzip data ends too early (truncated)");
    }
  }

 private:
  z_stream stream_ = {};
};

}  // namespace

bool is_gzip(std::string_view bytes) {
  return bytes.size() >= 2 && bytes[0] == '\x1f' && bytes[1] == '\x8b';
}

std::string gunzip(std::string_view bytes, uint64_t cap) {
  if (bytes.size() > std::numeric_limits<uInt>::max()) throw Error("gzip data is too large");
  std::string out;
  Inflater inflater;
  do {
    bytes = inflater.member(bytes, out, cap);
  } while (is_gzip(bytes));
  return out;
}

std::string gzip(std::string_view bytes) {
  z_stream stream = {};
  if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, kGzipWindow, kGzipMemory,
                   Z_DEFAULT_STRATEGY) != Z_OK) {
    throw Error("zlib does not start");
  }
  std::string out(deflateBound(&stream, bytes.size()), '\0');
  stream.next_in = input_pointer(bytes);
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int result = deflate(&stream, Z_FINISH);
  out.resize(out.size() - stream.avail_out);
  deflateEnd(&stream);
  if (result != Z_STREAM_END) throw Error("zlib cannot compress the profile");
  return out;
}

}  // namespace holmes::cli
