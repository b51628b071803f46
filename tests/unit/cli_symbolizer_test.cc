// This executable (position independent, with DWARF) and the libraries it runs with are what is
// symbolized.
#include "cli/symbolizer.h"

#include <dlfcn.h>
#include <zlib.h>

#include <random>

#include "cli/error.h"
#include "cli/module_finder.h"
#include "unit/cli_support.h"

namespace holmes::cli {

struct Place {
  uint64_t lookup = 0;
  int line = 0;
};

// The place of the call, as an unwinder would record it.
__attribute__((noinline)) uint64_t call_site() {
  const auto address = reinterpret_cast<uint64_t>(__builtin_return_address(0));
  asm volatile("" ::: "memory");
  return address - 1;
}

int g_inlined_line = 0;
__attribute__((always_inline)) inline Place inlined_helper() {
  g_inlined_line = __LINE__ + 1;
  const uint64_t lookup = call_site();
  asm volatile("" ::: "memory");
  return {lookup, g_inlined_line};
}

int g_outer_line = 0;
__attribute__((noinline)) Place outer_function() {
  g_outer_line = __LINE__ + 1;
  const Place place = inlined_helper();
  asm volatile("" ::: "memory");
  return place;
}

// C linkage inside of a namespace: the linker's name is all of its name.
extern "C" __attribute__((noinline)) uint64_t cli_test_c_function() {
  const uint64_t lookup = call_site();
  asm volatile("" ::: "memory");
  return lookup;
}

namespace {

// Neither has linkage: DWARF knows only "operator()" and "hidden" of them.
__attribute__((always_inline)) inline uint64_t hidden() {
  const uint64_t lookup = call_site();
  asm volatile("" ::: "memory");
  return lookup;
}

__attribute__((noinline)) uint64_t with_lambda() {
  const auto leaking = []() __attribute__((always_inline)) { return hidden(); };
  const uint64_t lookup = leaking();
  asm volatile("" ::: "memory");
  return lookup;
}

std::vector<Frame> frames_at(const MappedModule& mapping, uint64_t address) {
  Symbolizer symbolizer({}, 60);
  symbolizer.add(mapping, address);
  symbolizer.run();
  const std::vector<Frame>* frames = symbolizer.frames_of(mapping, address);
  return frames != nullptr ? *frames : std::vector<Frame>();
}

bool ends_with(const std::string& text, std::string_view end) { return text.ends_with(end); }

TEST(Symbolizer, InlinedFramesComeInnermostFirst) {
  const Place place = outer_function();
  const auto frames = frames_at(own_mapping(place.lookup), place.lookup);
  ASSERT_GE(frames.size(), 2u);
  EXPECT_EQ(frames[0].function, "holmes::cli::inlined_helper()");
  EXPECT_EQ(frames[0].line, g_inlined_line);
  EXPECT_TRUE(ends_with(frames[0].file, "/cli_symbolizer_test.cc")) << frames[0].file;
  EXPECT_EQ(frames[1].function, "holmes::cli::outer_function()");
  EXPECT_EQ(frames[1].system_name, "_ZN6holmes3cli14outer_functionEv");
  EXPECT_EQ(frames[1].line, g_outer_line);
  EXPECT_EQ(frames[1].start_line, g_outer_line - 2);
  EXPECT_EQ(frames.size(), 2u);
}

TEST(Symbolizer, OffsetsCountFromTheFunction) {
  const Place place = outer_function();
  const auto frames = frames_at(own_mapping(place.lookup), place.lookup);
  ASSERT_EQ(frames.size(), 2u);
  const auto start = reinterpret_cast<uint64_t>(&outer_function);
  EXPECT_EQ(frames[0].offset, place.lookup - start);
  EXPECT_EQ(frames[1].offset, place.lookup - start);
}

TEST(Symbolizer, FunctionsWithoutLinkageHaveTheirScopes) {
  const uint64_t lookup = with_lambda();
  const auto frames = frames_at(own_mapping(lookup), lookup);
  ASSERT_EQ(frames.size(), 3u);
  EXPECT_EQ(frames[0].function, "holmes::cli::(anonymous namespace)::hidden");
  // The function, the lambda as GCC or clang call it, and its operator.
  EXPECT_TRUE(frames[1].function.starts_with("holmes::cli::(anonymous namespace)::with_lambda"))
      << frames[1].function;
  EXPECT_NE(frames[1].function.find("lambda", frames[1].function.find("with_lambda") + 11),
            std::string::npos)
      << frames[1].function;
  EXPECT_TRUE(ends_with(frames[1].function, "::operator()")) << frames[1].function;
  EXPECT_EQ(frames[2].function, "holmes::cli::(anonymous namespace)::with_lambda()");
}

TEST(Symbolizer, CFunctionsHaveNoScope) {
  const uint64_t lookup = cli_test_c_function();
  const auto frames = frames_at(own_mapping(lookup), lookup);
  ASSERT_EQ(frames.size(), 1u);
  EXPECT_EQ(frames[0].function, "cli_test_c_function");
}

TEST(Symbolizer, WhereAModuleIsMappedDoesNotMatter) {
  const Place place = outer_function();
  MappedModule moved = own_mapping(place.lookup);
  constexpr uint64_t kElsewhere = 0x123456789000;
  const uint64_t address = place.lookup - moved.start + kElsewhere;
  moved.start = kElsewhere;
  const auto frames = frames_at(moved, address);
  ASSERT_EQ(frames.size(), 2u);
  EXPECT_EQ(frames[1].line, g_outer_line);
}

TEST(Symbolizer, OnePieceOfASplitMappingIsEnough) {
  const Place place = outer_function();
  MappedModule piece = own_mapping(place.lookup);
  const uint64_t skipped = (place.lookup - piece.start) & ~uint64_t{0xfff};
  piece.start += skipped;
  piece.offset += skipped;
  const auto frames = frames_at(piece, place.lookup);
  ASSERT_EQ(frames.size(), 2u);
  EXPECT_EQ(frames[1].line, g_outer_line);
}

TEST(Symbolizer, LibrariesWithoutDwarfGiveNamesOnly) {
  void* function = dlsym(RTLD_DEFAULT, "zlibCompileFlags");
  ASSERT_NE(function, nullptr);
  const uint64_t lookup = reinterpret_cast<uint64_t>(function) + 2;
  const MappedModule mapping = own_mapping(lookup);
  Symbolizer symbolizer({}, 60);
  symbolizer.add(mapping, lookup);
  symbolizer.run();
  const std::vector<Frame>* frames = symbolizer.frames_of(mapping, lookup);
  ASSERT_NE(frames, nullptr);
  EXPECT_EQ(frames->back().function, "zlibCompileFlags");
  EXPECT_EQ(frames->back().offset, 2u);
  EXPECT_EQ(frames->back().line == 0, !symbolizer.has_dwarf(mapping));
}

// Whose DWARF, where it is installed, says ___pthread_mutex_lock.
TEST(Symbolizer, PublicNamesWinOverInnerOnes) {
  const uint64_t lookup = reinterpret_cast<uint64_t>(dlsym(RTLD_DEFAULT, "pthread_mutex_lock")) + 1;
  const auto frames = frames_at(own_mapping(lookup), lookup);
  ASSERT_FALSE(frames.empty());
  EXPECT_EQ(frames.back().function, "pthread_mutex_lock");
}

TEST(Symbolizer, LibcIsCalledByItsUsualNames) {
  const uint64_t lookup = reinterpret_cast<uint64_t>(dlsym(RTLD_DEFAULT, "qsort")) + 1;
  const auto frames = frames_at(own_mapping(lookup), lookup);
  ASSERT_FALSE(frames.empty());
  EXPECT_EQ(frames.back().function, "qsort");
}

TEST(Symbolizer, AFileOfAnotherBuildIsNotBelieved) {
  const Place place = outer_function();
  MappedModule other = own_mapping(place.lookup);
  other.build_id[0] = other.build_id[0] == '0' ? '1' : '0';
  Symbolizer symbolizer({}, 60);
  symbolizer.add(other, place.lookup);
  symbolizer.run();
  EXPECT_EQ(symbolizer.frames_of(other, place.lookup), nullptr);
  ASSERT_EQ(symbolizer.notes().size(), 1u);
  EXPECT_NE(symbolizer.notes()[0].find("another build id"), std::string::npos);
}

TEST(Symbolizer, AMissingFileIsSaid) {
  Symbolizer symbolizer({}, 60);
  const MappedModule gone{0x1000, 0, "/nowhere/service", "", false};
  symbolizer.add(gone, 0x1500);
  symbolizer.run();
  EXPECT_EQ(symbolizer.notes(),
            (std::vector<std::string>{"holmes: no names for /nowhere/service: no such file"}));
}

TEST(Symbolizer, ADeletedFileIsFoundThroughItsProcess) {
  const Place place = outer_function();
  MappedModule moved = own_mapping(place.lookup);
  const std::string build_id = moved.build_id;
  moved.path = "/nowhere/unit_test";
  moved.deleted = true;
  Symbolizer symbolizer({getpid(), moved.path, build_id}, 60);
  symbolizer.add(moved, place.lookup);
  symbolizer.run();
  const std::vector<Frame>* frames = symbolizer.frames_of(moved, place.lookup);
  ASSERT_NE(frames, nullptr);
  EXPECT_EQ(frames->back().line, g_outer_line);
}

TEST(Symbolizer, WithoutABuildIdADeletedFileIsNotBelieved) {
  const Place place = outer_function();
  MappedModule replaced = own_mapping(place.lookup);
  replaced.build_id.clear();
  replaced.deleted = true;
  EXPECT_TRUE(frames_at(replaced, place.lookup).empty());
}

TEST(Symbolizer, AfterTheDeadlineTheRestStaysUnnamed) {
  const Place place = outer_function();
  const MappedModule mapping = own_mapping(place.lookup);
  Symbolizer symbolizer({}, 0);
  symbolizer.add(mapping, place.lookup);
  symbolizer.run();
  EXPECT_EQ(symbolizer.frames_of(mapping, place.lookup), nullptr);
  EXPECT_EQ(symbolizer.notes(),
            (std::vector<std::string>{
                "holmes: symbolizing stopped after 0 s: 1 of 1 addresses have no name"}));
}

TEST(Symbolizer, AddressesOfNoFunctionHaveNoName) {
  const Place place = outer_function();
  const MappedModule mapping = own_mapping(place.lookup);
  MappedModule beyond = mapping;
  EXPECT_TRUE(frames_at(beyond, beyond.start + (uint64_t{1} << 40)).empty());
}

// The process ends if one of these crashes: that is the assertion.
TEST(Symbolizer, DamagedFilesEndInNamesOrNotes) {
  const Place place = outer_function();
  const MappedModule own = own_mapping(place.lookup);
  const std::string whole = slurp(own.path);
  const TempFolder folder;
  std::mt19937_64 random(20261121);
  for (int round = 0; round < 24; ++round) {
    std::string damaged = whole;
    if (round % 3 == 0) damaged.resize(whole.size() * static_cast<size_t>(round + 1) / 26);
    // Headers, symbols and DWARF alike; the build id mostly stays.
    for (int i = 0; i < 2000; ++i) {
      const size_t at = 4096 + random() % (damaged.size() - 4096);
      damaged[at] = static_cast<char>(random());
    }
    const std::string path = folder.write("damaged", damaged);
    MappedModule mapping = own;
    mapping.path = path;
    mapping.build_id.clear();
    Symbolizer symbolizer({}, 10);
    for (uint64_t i = 0; i < 64; ++i) symbolizer.add(mapping, place.lookup + i * 512);
    symbolizer.run();
    EXPECT_EQ(symbolizer.asked(), 64u);
  }
}

TEST(Symbolizer, ASeparateDebugFileIsEnough) {
  if (!have("objcopy")) GTEST_SKIP() << "no objcopy here";
  const Place place = outer_function();
  MappedModule mapping = own_mapping(place.lookup);
  const TempFolder folder;
  const std::string debug = folder.at("program");
  output_of("objcopy --only-keep-debug " + mapping.path + " " + debug);
  mapping.path = debug;  // it has the build id as well
  const auto frames = frames_at(mapping, place.lookup);
  ASSERT_EQ(frames.size(), 2u);
  EXPECT_EQ(frames[0].line, g_inlined_line);
}

TEST(Symbolizer, ADebugLinkIsFollowed) {
  if (!have("objcopy")) GTEST_SKIP() << "no objcopy here";
  const Place place = outer_function();
  MappedModule mapping = own_mapping(place.lookup);
  const TempFolder folder;
  const std::string program = folder.at("program");
  const std::string debug = folder.at("program.debug");
  output_of("objcopy --only-keep-debug " + mapping.path + " " + debug);
  output_of("objcopy --strip-all --remove-section=.note.gnu.build-id --add-gnu-debuglink=" + debug +
            " " + mapping.path + " " + program);
  mapping.path = program;
  mapping.build_id.clear();
  const auto frames = frames_at(mapping, place.lookup);
  ASSERT_EQ(frames.size(), 2u);
  EXPECT_EQ(frames[0].line, g_inlined_line);
}

TEST(Symbolizer, MiniDebugInfoGivesNames) {
  if (!have("objcopy") || !have("xz")) GTEST_SKIP() << "no objcopy or xz here";
  const Place place = outer_function();
  MappedModule mapping = own_mapping(place.lookup);
  const TempFolder folder;
  const std::string symbols = folder.at("symbols");
  const std::string program = folder.at("program");
  output_of("objcopy --strip-debug " + mapping.path + " " + symbols + " && xz " + symbols);
  output_of(
      "objcopy --strip-all --remove-section=.note.gnu.build-id --add-section=.gnu_debugdata=" +
      symbols + ".xz " + mapping.path + " " + program);
  mapping.path = program;
  mapping.build_id.clear();
  const auto frames = frames_at(mapping, place.lookup);
  ASSERT_EQ(frames.size(), 1u);
  EXPECT_EQ(frames[0].function, "holmes::cli::outer_function()");
  EXPECT_EQ(frames[0].file, "");
}

}  // namespace
}  // namespace holmes::cli
