#include "base/units.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>

#include "base/slice.h"
#include "base/text.h"

namespace holmes {
namespace {

std::string printed_duration(int64_t ns) {
  TextBuffer<64> out;
  print_duration(ns, out);
  return std::string(out.view());
}

std::string printed_size(uint64_t bytes) {
  TextBuffer<64> out;
  print_size(bytes, out);
  return std::string(out.view());
}

TEST(Duration, HasAUnit) {
  EXPECT_EQ(parse_duration("250ms"), 250'000'000);
  EXPECT_EQ(parse_duration("5s"), 5'000'000'000);
  EXPECT_EQ(parse_duration("1m"), 60'000'000'000);
  EXPECT_EQ(parse_duration("1h"), 3'600'000'000'000);
  EXPECT_EQ(parse_duration("7us"), 7'000);
  EXPECT_EQ(parse_duration("3ns"), 3);
  EXPECT_EQ(parse_duration("0s"), 0);
}

TEST(Duration, ZeroAloneNeedsNone) {
  EXPECT_EQ(parse_duration("0"), 0);
  EXPECT_EQ(parse_duration("00"), std::nullopt);
}

TEST(Duration, MayHaveDecimalsAndParts) {
  EXPECT_EQ(parse_duration("1.5s"), 1'500'000'000);
  EXPECT_EQ(parse_duration("0.1s"), 100'000'000);
  EXPECT_EQ(parse_duration("1m30s"), 90'000'000'000);
  EXPECT_EQ(parse_duration("1h0m1ms"), 3'600'001'000'000);
}

TEST(Duration, RefusesWhatItDoesNotKnow) {
  for (const char* text :
       {"",   "5",    "s",   "-5s", "+5s",           "5 s", " 5s",  "5s ", "5S",     "5sec",
        "5d", "1e3s", ".5s", "5.s", "1.0000000001s", "5s5", "0x5s", "nan", "1m-30s", "5,5s"}) {
    EXPECT_EQ(parse_duration(text), std::nullopt) << text;
  }
}

TEST(Duration, RefusesWhatDoesNotFit) {
  EXPECT_EQ(parse_duration("9223372036854775807ns"), std::numeric_limits<int64_t>::max());
  EXPECT_EQ(parse_duration("9223372036854775808ns"), std::nullopt);
  EXPECT_EQ(parse_duration("99999999999999999999s"), std::nullopt);
  EXPECT_EQ(parse_duration("2562048h"), std::nullopt);
  EXPECT_EQ(parse_duration("2562047h2562047h"), std::nullopt);
}

TEST(Duration, IsPrintedInTheLargestUnitThatDivides) {
  EXPECT_EQ(printed_duration(0), "0s");
  EXPECT_EQ(printed_duration(5'000'000'000), "5s");
  EXPECT_EQ(printed_duration(90'000'000'000), "90s");
  EXPECT_EQ(printed_duration(120'000'000'000), "2m");
  EXPECT_EQ(printed_duration(1'500'000'000), "1500ms");
  EXPECT_EQ(printed_duration(1), "1ns");
}

TEST(Duration, IsReadBackAsPrinted) {
  for (const int64_t ns : {int64_t{1}, int64_t{999}, int64_t{1'000}, int64_t{61'000'000'000},
                           int64_t{3'600'000'000'000}, std::numeric_limits<int64_t>::max()}) {
    EXPECT_EQ(parse_duration(printed_duration(ns)), ns);
  }
}

TEST(Size, CountsInPowersOf1024) {
  EXPECT_EQ(parse_size("0"), 0u);
  EXPECT_EQ(parse_size("123"), 123u);
  EXPECT_EQ(parse_size("123B"), 123u);
  EXPECT_EQ(parse_size("512K"), 512u << 10);
  EXPECT_EQ(parse_size("512k"), 512u << 10);
  EXPECT_EQ(parse_size("512KB"), 512u << 10);
  EXPECT_EQ(parse_size("512KiB"), 512u << 10);
  EXPECT_EQ(parse_size("64M"), 64u << 20);
  EXPECT_EQ(parse_size("2G"), uint64_t{2} << 30);
  EXPECT_EQ(parse_size("1.5G"), uint64_t{3} << 29);
  EXPECT_EQ(parse_size("1T"), uint64_t{1} << 40);
}

TEST(Size, RefusesWhatItDoesNotKnow) {
  for (const char* text : {"", "K", "-1", "+1", "1.5", "1.5B", "1 K", "1KK", "1iB", "1P", "0x10",
                           "1Mb ", "12a", "1e6", "one"}) {
    EXPECT_EQ(parse_size(text), std::nullopt) << text;
  }
}

TEST(Size, RefusesWhatDoesNotFit) {
  EXPECT_EQ(parse_size("18446744073709551615"), std::numeric_limits<uint64_t>::max());
  EXPECT_EQ(parse_size("18446744073709551616"), std::nullopt);
  EXPECT_EQ(parse_size("16777215T"), uint64_t{16777215} << 40);
  EXPECT_EQ(parse_size("16777216T"), std::nullopt);
}

TEST(Size, IsPrintedInTheLargestUnitThatDivides) {
  EXPECT_EQ(printed_size(0), "0");
  EXPECT_EQ(printed_size(1023), "1023");
  EXPECT_EQ(printed_size(512 << 10), "512K");
  EXPECT_EQ(printed_size(1 << 30), "1G");
  EXPECT_EQ(printed_size((1 << 30) + 1024), "1048577K");
}

TEST(Switch, HasFourSpellingsInAnyCase) {
  for (const char* text : {"1", "true", "on", "yes", "TRUE", "On", "yEs"}) {
    EXPECT_EQ(parse_bool(text), true) << text;
  }
  for (const char* text : {"0", "false", "off", "no", "OFF", "False", "nO"}) {
    EXPECT_EQ(parse_bool(text), false) << text;
  }
  for (const char* text : {"", "2", "10", "y", "t", "enable", "yes ", "truee", "tru"}) {
    EXPECT_EQ(parse_bool(text), std::nullopt) << text;
  }
}

TEST(Decimal, IsExactWhereADoubleIs) {
  EXPECT_EQ(parse_decimal("25"), 25.0);
  EXPECT_EQ(parse_decimal("12.5"), 12.5);
  EXPECT_EQ(parse_decimal("0.1"), 0.1);
  EXPECT_EQ(parse_decimal("83.104"), 83.104);
  EXPECT_EQ(parse_decimal("0"), 0.0);
}

TEST(Decimal, HasNoSignExponentOrName) {
  for (const char* text : {"", "-1", "+1", "1%", "1e2", "nan", "inf", ".5", "5.", "1,5", "0x1",
                           "1.2.3", " 1", "99999999999999999999", "0.1234567891"}) {
    EXPECT_EQ(parse_decimal(text), std::nullopt) << text;
  }
}

TEST(Unsigned, IsWhole) {
  EXPECT_EQ(parse_unsigned("0"), 0u);
  EXPECT_EQ(parse_unsigned("18446744073709551615"), std::numeric_limits<uint64_t>::max());
  for (const char* text : {"", "1.0", "-1", "+1", "1 ", "a", "18446744073709551616"}) {
    EXPECT_EQ(parse_unsigned(text), std::nullopt) << text;
  }
}

TEST(Slice, StopsAtTheEnd) {
  EXPECT_EQ(first("abc", 2), "ab");
  EXPECT_EQ(first("abc", 9), "abc");
  EXPECT_EQ(after("abc", 2), "c");
  EXPECT_EQ(after("abc", 9), "");
  EXPECT_TRUE(has_prefix("abc", "ab"));
  EXPECT_FALSE(has_prefix("ab", "abc"));
  EXPECT_EQ(trim(" \ta b\r"), "a b");
  EXPECT_EQ(trim("  "), "");
}

TEST(Slice, TakesUntilTheSeparatorOrTheEnd) {
  std::string_view text = "a,,b";
  EXPECT_EQ(take_until(text, ','), "a");
  EXPECT_EQ(take_until(text, ','), "");
  EXPECT_EQ(take_until(text, ','), "b");
  EXPECT_EQ(take_until(text, ','), "");
  EXPECT_TRUE(text.empty());
}

}  // namespace
}  // namespace holmes
