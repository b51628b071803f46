// The variables that hang together with others: paths, the log, the cooldowns and the CPU ceiling.
// Context: constructor, monitor thread, the command. No allocation.
#pragma once

#include <string_view>

#include "config/config.h"
#include "config/variables.h"

namespace holmes::field {

// 10ms is the floor: what is below is complained about, and the floor itself is used.
struct CollectInterval {
  static void set(Config& config, std::string_view value, Complaint& complaint);
  static void print(const Config& config, Text& out);
};

// The cooldown of all kinds that have none of their own.
struct Cooldown {
  static void set(Config& config, std::string_view value, Complaint& complaint);
  static void print(const Config& config, Text& out);
};

// The cooldown of one kind; empty: it follows the one above, set before or after.
void set_own_cooldown(Config& config, Kind kind, std::string_view value, Complaint& complaint);
void print_own_cooldown(const Config& config, Kind kind, Text& out);
template <Kind K>
struct OwnCooldown {
  static void set(Config& config, std::string_view value, Complaint& complaint) {
    set_own_cooldown(config, K, value, complaint);
  }
  static void print(const Config& config, Text& out) { print_own_cooldown(config, K, out); }
};

// One value in two places: the ceiling of every dump, and the max of the CPU rule as it is logged.
struct CpuMax {
  static void set(Config& config, std::string_view value, Complaint& complaint);
  static void print(const Config& config, Text& out);
};

// Made absolute. Short enough that the longest file name below it still fits.
struct DumpPath {
  static void set(Config& config, std::string_view value, Complaint& complaint);
  static void print(const Config& config, Text& out);
};

// A file, stderr or none; empty: holmes.log in the dump path, wherever that will be.
struct Log {
  static void set(Config& config, std::string_view value, Complaint& complaint);
  static void print(const Config& config, Text& out);
};

struct ConfigFile {
  static void set(Config& config, std::string_view value, Complaint& complaint);
  static void print(const Config& config, Text& out);
};

// auto, off or a folder.
struct Blackbox {
  static void set(Config& config, std::string_view value, Complaint& complaint);
  static void print(const Config& config, Text& out);
};

}  // namespace holmes::field
