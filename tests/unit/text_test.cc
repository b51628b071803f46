#include "base/text.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>

namespace holmes {
namespace {

std::string decimal(double value, unsigned decimals = 2) {
  TextBuffer<64> out;
  out.decimal(value, decimals);
  return std::string(out.view());
}

std::string padded(uint64_t value, unsigned width) {
  TextBuffer<64> out;
  out.padded(value, width);
  return std::string(out.view());
}

TEST(Text, PutsNumbersOfAllSizes) {
  TextBuffer<128> out;
  out.num(0).put(' ').num(-1).put(' ').num(std::numeric_limits<int64_t>::min());
  EXPECT_EQ(out.view(), "0 -1 -9223372036854775808");
  out.clear();
  out.unum(std::numeric_limits<uint64_t>::max()).put(' ').hex(0).put(' ').hex(0xdeadBEEF);
  EXPECT_EQ(out.view(), "18446744073709551615 0 deadbeef");
}

TEST(Text, PadsWithZerosAndNeverCutsDigits) {
  EXPECT_EQ(padded(7, 3), "007");
  EXPECT_EQ(padded(0, 2), "00");
  EXPECT_EQ(padded(123, 3), "123");
  EXPECT_EQ(padded(1234, 3), "1234");
  EXPECT_EQ(padded(5, 1), "5");
  EXPECT_EQ(padded(5, 0), "5");
}

TEST(Text, DropsTrailingZerosOfDecimals) {
  EXPECT_EQ(decimal(4), "4");
  EXPECT_EQ(decimal(83.104), "83.1");
  EXPECT_EQ(decimal(83.105), "83.11");
  EXPECT_EQ(decimal(0.05), "0.05");
  EXPECT_EQ(decimal(-1.5), "-1.5");
  EXPECT_EQ(decimal(12.5, 6), "12.5");
  EXPECT_EQ(decimal(0.1, 9), "0.1");
  EXPECT_EQ(decimal(7.9, 0), "8");
}

TEST(Text, CarriesWhenRoundingUp) {
  EXPECT_EQ(decimal(9.999), "10");
  EXPECT_EQ(decimal(0.995, 1), "1");
}

TEST(Text, WritesWhatJsonCannotSayAsZero) {
  EXPECT_EQ(decimal(std::nan("")), "0");
  EXPECT_EQ(decimal(std::numeric_limits<double>::infinity()), "0");
  EXPECT_EQ(decimal(-std::numeric_limits<double>::infinity()), "0");
}

TEST(Text, CutsWhatDoesNotFitAndSaysSo) {
  char buffer[5] = {'#', '#', '#', '#', '#'};
  Text out(std::span<char>(buffer, 4));
  out.put("abc");
  EXPECT_FALSE(out.truncated());
  out.put("def");
  EXPECT_EQ(out.view(), "abcd");
  EXPECT_TRUE(out.truncated());
  EXPECT_EQ(buffer[4], '#') << "wrote past the buffer";
  out.put("").clear();
  EXPECT_FALSE(out.truncated());
  EXPECT_EQ(out.size(), 0u);
}

TEST(Text, FillsABufferToTheLastByteWithoutCutting) {
  TextBuffer<4> out;
  out.put("abcd");
  EXPECT_FALSE(out.truncated());
  out.put("");
  EXPECT_FALSE(out.truncated());
}

}  // namespace
}  // namespace holmes
