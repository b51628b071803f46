// One type for each way a variable is spelled. A field knows where in Config its value stands (`At`
// and its like) and how to set and print it.
// Context: constructor, monitor thread, the command. No allocation.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <type_traits>

#include "base/text.h"
#include "base/units.h"
#include "config/config.h"
#include "config/variables.h"

namespace holmes::field {

// Places in Config.
template <auto Member>
struct At {
  static auto& of(Config& config) { return config.*Member; }
  static const auto& of(const Config& config) { return config.*Member; }
};
template <Kind K, auto Member>
struct InKind {
  static auto& of(Config& config) { return config.of(K).*Member; }
  static const auto& of(const Config& config) { return config.of(K).*Member; }
};
template <Kind K, auto Member>
struct InRule {
  static auto& of(Config& config) { return config.of(K).rule.*Member; }
  static const auto& of(const Config& config) { return config.of(K).rule.*Member; }
};

inline constexpr uint64_t kLargest = 1'000'000'000;  // of percentages and counts
inline constexpr int64_t kMillisecond = 1'000'000;
inline constexpr int64_t kHour = int64_t{3'600'000} * kMillisecond;
inline constexpr int64_t kYear = 365 * 24 * kHour;  // added to a clock, it cannot overflow

constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

constexpr bool same_word(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (size_t i = 0; i < a.size(); ++i) {
    if (lower(a[i]) != lower(b[i])) return false;
  }
  return true;
}

template <typename Place>
struct Switch {
  static void set(Config& config, std::string_view value, Complaint& complaint) {
    const std::optional<bool> parsed = parse_bool(value);
    if (!parsed) {
      complaint.problem.put("not one of 1/0, true/false, on/off, yes/no");
      return;
    }
    Place::of(config) = *parsed;
  }
  static void print(const Config& config, Text& out) { out.put(Place::of(config) ? '1' : '0'); }
};

// A switch whose "on" is spelled auto.
template <typename Place>
struct AutoOr {
  static void set(Config& config, std::string_view value, Complaint& complaint) {
    const std::optional<bool> parsed = same_word(value, "auto") ? true : parse_bool(value);
    if (!parsed) {
      complaint.problem.put("neither auto nor off");
      return;
    }
    Place::of(config) = *parsed;
  }
};
template <typename Place>
struct AutoOrOff : AutoOr<Place> {
  static void print(const Config& config, Text& out) {
    out.put(Place::of(config) ? "auto" : "off");
  }
};
template <typename Place>
struct AutoOrZero : AutoOr<Place> {
  static void print(const Config& config, Text& out) { out.put(Place::of(config) ? "auto" : "0"); }
};

// A percentage or another number that may have decimals.
template <typename Place>
struct Decimal {
  static void set(Config& config, std::string_view value, Complaint& complaint) {
    const std::optional<double> parsed = parse_decimal(value);
    if (!parsed) {
      complaint.problem.put("not a decimal number without a sign");
    } else if (*parsed > static_cast<double>(kLargest)) {
      complaint.problem.put("more than ").unum(kLargest);
    } else {
      Place::of(config) = *parsed;
    }
  }
  static void print(const Config& config, Text& out) { out.decimal(Place::of(config), 6); }
};

template <typename Place, uint64_t Least = 0, uint64_t Most = kLargest>
struct Count {
  static void set(Config& config, std::string_view value, Complaint& complaint) {
    const std::optional<uint64_t> parsed = parse_unsigned(value);
    if (!parsed) {
      complaint.problem.put("not a whole number without a sign");
    } else if (*parsed < Least || *parsed > Most) {
      complaint.problem.put("not between ").unum(Least).put(" and ").unum(Most);
    } else {
      auto& place = Place::of(config);
      place = static_cast<std::remove_reference_t<decltype(place)>>(*parsed);
    }
  }
  static void print(const Config& config, Text& out) {
    out.unum(static_cast<uint64_t>(Place::of(config)));
  }
};

// Parses a duration between the bounds, or complains.
inline std::optional<int64_t> duration_within(std::string_view value, int64_t least, int64_t most,
                                              Complaint& complaint) {
  const std::optional<int64_t> parsed = parse_duration(value);
  if (!parsed) {
    complaint.problem.put("not a duration such as 250ms, 5s, 1m or 1h");
    return {};
  }
  if (*parsed >= least && *parsed <= most) return parsed;
  complaint.problem.put("not between ");
  print_duration(least, complaint.problem);
  complaint.problem.put(" and ");
  print_duration(most, complaint.problem);
  return {};
}

template <typename Place, int64_t Least = 0, int64_t Most = kYear>
struct Duration {
  static void set(Config& config, std::string_view value, Complaint& complaint) {
    const std::optional<int64_t> parsed = duration_within(value, Least, Most, complaint);
    if (parsed) Place::of(config) = *parsed;
  }
  static void print(const Config& config, Text& out) { print_duration(Place::of(config), out); }
};

template <typename Place, uint64_t Most = uint64_t{1} << 60>
struct Size {
  static void set(Config& config, std::string_view value, Complaint& complaint) {
    const std::optional<uint64_t> parsed = parse_size(value);
    if (!parsed) {
      complaint.problem.put("not a size such as 512K, 64M or 2G");
    } else if (*parsed > Most) {
      complaint.problem.put("more than ");
      print_size(Most, complaint.problem);
    } else {
      Place::of(config) = *parsed;
    }
  }
  static void print(const Config& config, Text& out) { print_size(Place::of(config), out); }
};

// One of some words, in the order of the enumeration.
template <typename Place, const auto& Words>
struct Choice {
  static void set(Config& config, std::string_view value, Complaint& complaint) {
    auto& place = Place::of(config);
    for (size_t i = 0; i < Words.size(); ++i) {
      if (!same_word(value, Words[i])) continue;
      place = static_cast<std::remove_reference_t<decltype(place)>>(i);
      return;
    }
    complaint.problem.put("not one of ");
    for (size_t i = 0; i < Words.size(); ++i) complaint.problem.put(i ? ", " : "").put(Words[i]);
  }
  static void print(const Config& config, Text& out) {
    out.put(Words[static_cast<size_t>(Place::of(config))]);
  }
};

// Puts `value` into a FixedString whole, or complains: half a path or half a command is worse than
// none.
inline void too_long(size_t most, Complaint& complaint) {
  complaint.problem.put("longer than ").unum(most).put(" bytes");
}
template <typename Fixed>
void assign_whole(Fixed& string, std::string_view value, size_t most, Complaint& complaint) {
  if (value.size() > most) return too_long(most, complaint);
  string.assign(value);
}

template <typename Place, size_t Most>
struct String {
  static void set(Config& config, std::string_view value, Complaint& complaint) {
    assign_whole(Place::of(config), value, Most, complaint);
  }
  static void print(const Config& config, Text& out) { out.put(Place::of(config).view()); }
};

}  // namespace holmes::field
