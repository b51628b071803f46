#include "output/utc_time.h"

namespace holmes {
namespace {

constexpr int64_t kSecond = 1'000'000;
constexpr int64_t kDay = 86400 * kSecond;
constexpr int64_t kEnd = 253402300800 * kSecond - 1;  // the last microsecond of 9999

struct Civil {
  uint64_t year, month, day, hour, minute, second, millisecond;
};

// Days since 1970 as a date of the Gregorian calendar: years that begin in March put the leap day
// at the end, and 400 of them are always 146097 days.
Civil to_civil(int64_t us) {
  us = us < 0 ? 0 : (us > kEnd ? kEnd : us);
  const auto days = static_cast<uint64_t>(us / kDay) + 719468;
  const uint64_t era = days / 146097;
  const uint64_t day_of_era = days % 146097;
  const uint64_t year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const uint64_t day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const uint64_t march_month = (5 * day_of_year + 2) / 153;
  const uint64_t month = march_month < 10 ? march_month + 3 : march_month - 9;
  const auto time = static_cast<uint64_t>(us % kDay);
  return {era * 400 + year_of_era + (month <= 2 ? 1 : 0),
          month,
          day_of_year - (153 * march_month + 2) / 5 + 1,
          time / (3600 * kSecond),
          time / (60 * kSecond) % 60,
          time / kSecond % 60,
          time / 1000 % 1000};
}

int64_t from_civil(const Civil& c) {
  const uint64_t year = c.month <= 2 ? c.year - 1 : c.year;
  const uint64_t year_of_era = year % 400;
  const uint64_t march_month = c.month > 2 ? c.month - 3 : c.month + 9;
  const uint64_t day_of_year = (153 * march_month + 2) / 5 + c.day - 1;
  const uint64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  const auto days = static_cast<int64_t>(year / 400 * 146097 + day_of_era) - 719468;
  const auto seconds = static_cast<int64_t>(c.hour * 3600 + c.minute * 60 + c.second);
  return days * kDay + seconds * kSecond + static_cast<int64_t>(c.millisecond) * 1000;
}

struct Separators {
  std::string_view date, between, time, end;
};

void print(int64_t us, const Separators& s, Text& out) {
  const Civil c = to_civil(us);
  out.padded(c.year, 4).put(s.date).padded(c.month, 2).put(s.date).padded(c.day, 2).put(s.between);
  out.padded(c.hour, 2).put(s.time).padded(c.minute, 2).put(s.time).padded(c.second, 2).put('.');
  out.padded(c.millisecond, 3).put(s.end);
}

// Digits [from, from + count) of a text known to be long enough; garbage for what is no digit,
// which the comparison at the end of parse_compact_time finds.
uint64_t digits(std::string_view text, size_t from, size_t count) {
  uint64_t value = 0;
  for (size_t i = from; i < from + count; ++i) {
    value = value * 10 + (static_cast<unsigned char>(text[i]) - '0') % 10u;
  }
  return value;
}

}  // namespace

void print_compact_time(int64_t us, Text& out) { print(us, {"", "T", "", "Z"}, out); }
void print_iso_time(int64_t us, Text& out) { print(us, {"-", "T", ":", "Z"}, out); }
void print_log_time(int64_t us, Text& out) { print(us, {"-", " ", ":", ""}, out); }

std::optional<int64_t> parse_compact_time(std::string_view text) {
  if (text.size() != kCompactTimeSize) return std::nullopt;
  const Civil c = {digits(text, 0, 4),  digits(text, 4, 2),  digits(text, 6, 2), digits(text, 9, 2),
                   digits(text, 11, 2), digits(text, 13, 2), digits(text, 16, 3)};
  if (c.year == 0 || c.month == 0 || c.day == 0) return std::nullopt;  // nothing to count back from
  const int64_t us = from_civil(c);
  TextBuffer<32> again;
  print_compact_time(us, again);
  if (again.view() != text) return std::nullopt;
  return us;
}

}  // namespace holmes
