#include "output/gzip_stored.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <random>

#include "output_support.h"

namespace holmes {
namespace {

using test::StringSink;

std::string random_bytes(size_t size) {
  std::mt19937 random(static_cast<unsigned>(size));
  std::string bytes(size, '\0');
  for (char& c : bytes) c = static_cast<char>(random());
  return bytes;
}

// Through zlib; checks checksum and length, and that nothing follows the file.
std::string unzip(const std::string& packed) {
  z_stream stream = {};
  EXPECT_EQ(inflateInit2(&stream, 16 + MAX_WBITS), Z_OK);
  std::string out(packed.size() + 1, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  stream.avail_in = static_cast<uInt>(packed.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END) << (stream.msg == nullptr ? "" : stream.msg);
  EXPECT_EQ(stream.avail_in, 0u);
  out.resize(stream.total_out);
  inflateEnd(&stream);
  return out;
}

std::string zip(const std::string& bytes, size_t piece, size_t block) {
  StringSink sink;
  std::string room(block, '\0');
  GzipStoredSink gzip(sink, room);
  for (size_t at = 0; at < bytes.size(); at += piece) {
    EXPECT_TRUE(gzip.write(std::string_view(bytes).substr(at, piece)).is_ok());
  }
  EXPECT_TRUE(gzip.finish().is_ok());
  return sink.text;
}

TEST(Gzip, zlib_reads_back_what_was_written_at_every_block_boundary) {
  for (const size_t size : {0, 1, 65534, 65535, 65536, 131070, 131071, 300000}) {
    const std::string bytes = random_bytes(size);
    EXPECT_EQ(unzip(zip(bytes, 4097, 1 << 17)), bytes) << size;
  }
}

TEST(Gzip, pieces_and_block_sizes_do_not_matter) {
  const std::string bytes = random_bytes(10000);
  for (const size_t piece : {1, 7, 10000}) {
    for (const size_t block : {1, 100, 65535}) EXPECT_EQ(unzip(zip(bytes, piece, block)), bytes);
  }
}

TEST(Gzip, crc_is_zlibs_at_every_alignment_and_in_pieces) {
  const std::string bytes = random_bytes(1000);
  for (size_t from = 0; from < 9; ++from) {
    for (size_t size = 0; size < 40; ++size) {
      const auto* at = reinterpret_cast<const Bytef*>(bytes.data() + from);
      ASSERT_EQ(holmes::crc32(0, {bytes.data() + from, size}),
                ::crc32(0, at, static_cast<uInt>(size)));
    }
  }
  const uint32_t half = holmes::crc32(0, {bytes.data(), 333});
  EXPECT_EQ(holmes::crc32(half, {bytes.data() + 333, 667}), holmes::crc32(0, bytes));
}

TEST(Gzip, an_error_of_the_sink_comes_out_at_the_end) {
  StringSink full(1000);
  char block[256];
  GzipStoredSink gzip(full, block);
  const std::string bytes = random_bytes(5000);
  EXPECT_EQ(gzip.write(bytes).error(), ENOSPC);
  EXPECT_EQ(gzip.finish().error(), ENOSPC);
  EXPECT_LE(full.text.size(), 1000u);
}

TEST(FdSink, buffers_and_keeps_order_across_large_and_small_pieces) {
  const test::TempDir dir;
  const std::string path = dir / "file";
  const int fd = open(path.c_str(), O_CREAT | O_WRONLY, 0600);
  char buffer[64];
  FdSink sink(fd, buffer);
  std::string expected;
  for (size_t size = 0; size < 200; size += 13) {
    const std::string piece = random_bytes(size);
    ASSERT_TRUE(sink.write(piece).is_ok());
    expected += piece;
  }
  ASSERT_TRUE(sink.flush().is_ok());
  EXPECT_EQ(sink.bytes(), expected.size());
  EXPECT_EQ(test::read_text(path), expected);
  close(fd);
}

TEST(FdSink, its_first_error_stays) {
  const int fd = open("/dev/full", O_WRONLY);
  ASSERT_GE(fd, 0);
  char buffer[16];
  FdSink sink(fd, buffer);
  EXPECT_TRUE(sink.write("fits").is_ok());
  EXPECT_EQ(sink.flush().error(), ENOSPC);
  EXPECT_EQ(sink.write("more").error(), ENOSPC);
  EXPECT_EQ(sink.flush().error(), ENOSPC);
  close(fd);
}

}  // namespace
}  // namespace holmes
