// The text formats: names added, everything else untouched, and still read by both pprofs.
#include "cli/error.h"
#include "cli/profile_file.h"
#include "cli/text_profile.h"
#include "cli/top_table.h"
#include "unit/cli_support.h"

__attribute__((noinline)) uint64_t return_address_of_holder() {
  const auto address = reinterpret_cast<uint64_t>(__builtin_return_address(0));
  asm volatile("" ::: "memory");
  return address;
}

int g_holder_line = 0;
extern "C" __attribute__((noinline)) uint64_t holder_of_memory() {
  g_holder_line = __LINE__ + 1;
  const uint64_t address = return_address_of_holder();
  asm volatile("" ::: "memory");
  return address;
}

namespace holmes::cli {
namespace {

std::string hex(uint64_t value) {
  char text[32];
  snprintf(text, sizeof text, "0x%lx", static_cast<unsigned long>(value));
  return text;
}

std::string own_maps() { return slurp("/proc/self/maps"); }

std::string heap_text() {
  const std::string address = hex(holder_of_memory());
  return "heap profile: 1: 1073741824 [2: 1073745920] @ heap_v2/524288\n"
         "1: 1073741824 [1: 1073741824] @ " +
         address + " 0x10\n0: 0 [1: 4096] @ " + address + "\n\n--- Memory map: ---\n" + own_maps();
}

std::string threads_text() {
  return "threads profile: total 203\n200 @ " + hex(holder_of_memory()) +
         "\n3 @ 0x1\n\n--- Memory map: ---\n" + own_maps();
}

std::string without_frame_lines(const std::string& text) {
  std::istringstream in(text);
  std::string out;
  for (std::string line; std::getline(in, line);) {
    if (!line.starts_with("#\t")) out += line + "\n";
  }
  return out;
}

TEST(TextProfile, EachGroupIsFollowedByItsFrames) {
  const uint64_t address = holder_of_memory();
  const uint64_t offset = address - 1 - reinterpret_cast<uint64_t>(&holder_of_memory);
  const std::string text = named(heap_text());
  const std::string expected = "@ " + hex(address) + " 0x10\n#\t" + hex(address - 1) +
                               "\tholder_of_memory+" + hex(offset) + "\t";
  ASSERT_NE(text.find(expected), std::string::npos) << text.substr(0, 800);
  const std::string place = "cli_text_test.cc:" + std::to_string(g_holder_line) + "\n";
  EXPECT_NE(text.find(place + "#\t0xf\t??\n"), std::string::npos) << text.substr(0, 800);
}

TEST(TextProfile, TheRestIsKeptByteForByte) {
  for (const std::string& raw : {heap_text(), threads_text()}) {
    EXPECT_EQ(without_frame_lines(named(raw)), raw);
  }
}

TEST(TextProfile, NamingTwiceChangesNothing) {
  const std::string once = named(heap_text());
  EXPECT_EQ(named(once), once);
}

TEST(TextProfile, AStackThatWasNotTakenHasNoFrames) {
  const std::string text = named(threads_text());
  EXPECT_NE(text.find("3 @ 0x1\n\n--- Memory map: ---\n"), std::string::npos) << text;
}

TEST(TextProfile, WithoutAMemoryMapNothingIsMadeUp) {
  const std::string text = "threads profile: total 1\n1 @ 0x1234\n";
  EXPECT_EQ(named(text), text + "#\t0x1233\t??\n");
}

TEST(TextProfile, MissingFilesAreSaidBeforeTheMap) {
  const std::string text =
      "threads profile: total 1\n1 @ 0x1234\n\n--- Memory map: ---\n"
      "1000-2000 r-xp 00000000 00:00 0 /nowhere/service\n";
  const std::string result = named(text);
  EXPECT_NE(result.find("#\t0x1233\t??\t/nowhere/service+0x233\n"), std::string::npos) << result;
  EXPECT_NE(result.find("# holmes: no names for /nowhere/service: no such file\n--- Memory map"),
            std::string::npos)
      << result;
  EXPECT_EQ(named(result), result);
}

// What it prints of a profile with names is what it prints of the same one without.
TEST(TextProfile, GoPprofReadsIt) {
  if (!have("go")) GTEST_SKIP() << "no go tool pprof here";
  const TempFolder folder;
  for (const std::string& raw : {heap_text(), threads_text()}) {
    const std::string path = folder.write("profile.txt", named(raw));
    int code = 0;
    const std::string top = output_of("go tool pprof -raw " + path, &code);
    EXPECT_EQ(code, 0) << top;
    EXPECT_NE(top.find(raw.starts_with("heap") ? "1073741824" : "200: "), std::string::npos) << top;
    folder.write("profile.txt", raw);
    EXPECT_EQ(top, output_of("go tool pprof -raw " + path));
  }
}

TEST(TextProfile, GooglePprofReadsTheHeap) {
  if (!have("google-pprof")) GTEST_SKIP() << "no google-pprof here";
  const TempFolder folder;
  const std::string path = folder.write("named.txt", named(heap_text()));
  int code = 0;
  const std::string top =
      output_of("google-pprof --text " + own_mapping(holder_of_memory()).path + " " + path, &code);
  EXPECT_EQ(code, 0) << top;
  EXPECT_NE(top.find("1024.0"), std::string::npos) << top;
  EXPECT_NE(top.find("holder_of_memory"), std::string::npos) << top;
}

TEST(TextProfile, ReadersSeeUnbiasedValuesAndNames) {
  // Eight blocks of 64 KiB seen; each has a chance of 1 - exp(-1/8) at a mean of 512 KiB.
  const std::string text =
      "heap profile: 8: 524288 [8: 524288] @ heap_v2/524288\n"
      "8: 524288 [8: 524288] @ 0x1001\n#\t0x1000\tleak()+0x10\t/src/leak.cc:30\n";
  const Top top = top_of(model_of(parse_text_profile(text)), "");
  EXPECT_EQ(top.type, "inuse_space");
  EXPECT_NEAR(static_cast<double>(top.total), 524288 / 0.1175030974, 2);
  ASSERT_EQ(top.rows.size(), 1u);
  EXPECT_EQ(top.rows[0].function, "leak()");
}

struct Damage {
  const char* text;
  const char* complaint;
};

TEST(TextProfile, DamageNamesItsLine) {
  const Damage kDamages[] = {
      {"threads profile: total 1\nhello\n", "line 2 of the text profile: not a group of a threads"},
      {"threads profile: total 1\n1 @ 0x12 zebra\n", "line 2 of the text profile: not an address"},
      {"threads profile: total 1\n1 @ 0x11112222333344445\n", "not an address"},
      {"threads profile: total 1\n--- Memory map: ---\nzzz\n",
       "line 3 of the text profile: not a map"},
      {"heap profile: 1: 2 [3: 4] @ heap_v2/1\n1: 2 @ 0x1\n", "line 2 of the text profile"},
      {"heap profile: 1: 2 [3: 4] @ heap_v9/1\n", "not a profile"},
      {"heap profile: 1: 2 [3: 4\n", "not a profile"},
  };
  for (const Damage& damage : kDamages) {
    SCOPED_TRACE(damage.text);
    try {
      ProfileFile file{std::string(damage.text)};
      ADD_FAILURE() << "accepted";
    } catch (const Error& error) {
      EXPECT_NE(std::string(error.what()).find(damage.complaint), std::string::npos)
          << error.what();
    }
  }
}

void put_word(uint64_t word, std::string& out) {
  out.append(reinterpret_cast<const char*>(&word), sizeof word);
}

std::string cpu_profile(uint64_t leaf, uint64_t return_address) {
  std::string bytes;
  for (const uint64_t word : {0, 3, 0, 10000, 0}) put_word(word, bytes);
  for (const uint64_t word : {uint64_t{7}, uint64_t{2}, leaf, return_address})
    put_word(word, bytes);
  for (const uint64_t word : {0, 1, 0}) put_word(word, bytes);
  return bytes + own_maps();
}

TEST(CpuProfile, IsReadAndStaysAsItIs) {
  const uint64_t address = holder_of_memory();
  const std::string bytes = cpu_profile(0x5, address);
  EXPECT_EQ(named(bytes), bytes);
  ProfileFile file(bytes);
  const PprofModel model = file.take_model();
  ASSERT_EQ(model.samples.size(), 1u);
  EXPECT_EQ(model.samples[0].values, (std::vector<int64_t>{7, 70'000'000}));
  ASSERT_EQ(model.samples[0].locations.size(), 2u);
  const PprofLocation& caller = model.locations[model.samples[0].locations[1]];
  EXPECT_EQ(caller.address, address - 1);
  ASSERT_NE(caller.mapping, kNone);
  EXPECT_EQ(model.text(model.mappings[caller.mapping].file), own_mapping(address).path);
}

TEST(CpuProfile, ACutOneIsRefused) {
  const std::string bytes = cpu_profile(1, 2).substr(0, 10 * 8);
  EXPECT_THROW(ProfileFile{bytes}, Error);
}

TEST(CpuProfile, APeriodOfMoreNanosecondsThanThereAreIsRefused) {
  std::string bytes = cpu_profile(1, 2);
  const uint64_t microseconds = uint64_t{INT64_MAX} / 1000 + 1;
  memcpy(bytes.data() + 3 * 8, &microseconds, sizeof microseconds);
  EXPECT_THROW(ProfileFile{bytes}, Error);
}

}  // namespace
}  // namespace holmes::cli
