// A gzip file (RFC 1952) of stored blocks: what every reader of gzip opens, without a compressor
// inside of the host. `holmes symbolize` compresses it later.
// Context: monitor thread. No allocation: one block's buffer is the caller's.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "output/byte_sink.h"

namespace holmes {

// Continues `crc` (0 at the start) over `bytes`: the CRC-32 of gzip and zlib.
uint32_t crc32(uint32_t crc, std::string_view bytes);

class GzipStoredSink final : public ByteSink {
 public:
  static constexpr size_t kMaxBlock = 65535;  // the format's limit for one stored block

  // Collects into `block`, of which kMaxBlock bytes are used at most; it must not be empty.
  GzipStoredSink(ByteSink& out, std::span<char> block);

  // Ends the file: the last block, checksum and length. Nothing may be written afterwards.
  Status finish();

 private:
  static Status take(ByteSink& self, std::string_view bytes);
  void flush(bool last);

  Emitter out_;
  std::span<char> block_;
  size_t used_ = 0;
  uint32_t crc_ = 0;
  uint32_t length_ = 0;  // modulo 2^32, as the format wants it
  bool started_ = false;
};

}  // namespace holmes
