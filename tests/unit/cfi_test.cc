// Unwinding tables that are damaged: a look-up in a signal handler must come back, and read nothing
// that is not the module's.
#include "capture/cfi.h"

#include <gtest/gtest.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <string>

namespace holmes {
namespace {

std::string word(uint64_t value, size_t bytes) {
  std::string text(bytes, '\0');
  memcpy(text.data(), &value, bytes);
  return text;
}

// A length field, its content padded to whole words.
std::string entry(std::string content) {
  content.resize((content.size() + 3) / 4 * 4);
  return word(content.size(), 4) + content;
}

// One function of 64 bytes behind its tables, up to a page that cannot be read.
class DamagedModule {
 public:
  // `count`: the number of table entries, of 8 bytes, if it is not to be 1.
  explicit DamagedModule(const std::string& instructions, uint64_t count = 1) {
    constexpr size_t kHeader = 32;
    // CFA = sp + 8, the return address at CFA - 8.
    const std::string cie = entry(word(0, 4) + std::string("\x01zR\0\x01\x78\x10\x01\x1b", 9) +
                                  std::string("\x0c\x07\x08\x90\x01", 5));
    const size_t fde_at = kHeader + cie.size();
    const size_t function_at = fde_at + 128;
    const std::string fde =
        entry(word(fde_at + 4 - kHeader, 4) + word(function_at - fde_at - 8, 4) + word(64, 4) +
              '\0' + instructions);
    bytes_ = std::string("\x01\x1b\x04\x3b", 4) + word(kHeader - 4, 4) + word(count, 8) +
             word(function_at, 4) + word(fde_at, 4);
    bytes_.resize(kHeader);
    bytes_ += cie + fde;
    bytes_.resize(function_at + 64);
    pc_ = function_at + 8;
    map();
  }
  ~DamagedModule() { munmap(memory_, 2 * page()); }
  DamagedModule(const DamagedModule&) = delete;
  DamagedModule& operator=(const DamagedModule&) = delete;

  FrameRule rule() const {
    const auto start = reinterpret_cast<uintptr_t>(memory_) + page() - bytes_.size();
    const libc::Module module{start, start + bytes_.size(),
                              reinterpret_cast<const uint8_t*>(start)};
    return find_frame_rule(module, start + pc_, nullptr);
  }

 private:
  static size_t page() { return static_cast<size_t>(sysconf(_SC_PAGESIZE)); }
  void map() {
    memory_ = static_cast<char*>(
        mmap(nullptr, 2 * page(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    memcpy(memory_ + page() - bytes_.size(), bytes_.data(), bytes_.size());
    mprotect(memory_ + page(), page(), PROT_NONE);
  }

  std::string bytes_;
  size_t pc_ = 0;
  char* memory_ = nullptr;
};

TEST(Cfi, a_whole_module_gives_its_rule) {
  const FrameRule rule = DamagedModule("\x0e\x10").rule();  // DW_CFA_def_cfa_offset 16
  EXPECT_EQ(rule.kind, FrameRule::Kind::from_sp);
  EXPECT_EQ(rule.cfa_offset, 16);
}

TEST(Cfi, a_table_longer_than_its_module_is_not_read) {
  for (const uint64_t count :
       {uint64_t{1} << 20, uint64_t{1} << 61, (uint64_t{1} << 61) + 1, ~uint64_t{0}}) {
    EXPECT_EQ(DamagedModule("\x0e\x10", count).rule().kind, FrameRule::Kind::unknown) << count;
  }
}

TEST(Cfi, instructions_that_lead_back_to_themselves_end) {
  // DW_CFA_def_cfa_expression, 2^64 - 11 bytes long: 11 bytes is what the instruction takes.
  const std::string back = "\x0f\xf5\xff\xff\xff\xff\xff\xff\xff\xff\x01";
  EXPECT_EQ(DamagedModule(back).rule().kind, FrameRule::Kind::unknown);
}

TEST(Cfi, offsets_of_any_size_give_no_rule) {
  const std::string huge = "\x0e\xff\xff\xff\xff\xff\xff\xff\xff\x7f";
  EXPECT_EQ(DamagedModule(huge).rule().kind, FrameRule::Kind::unknown);
  // DW_OP_breg7 -1, DW_OP_const1u 8, DW_OP_const1s -1, DW_OP_shl, DW_OP_plus
  const std::string shift("\x0f\x08\x77\x7f\x08\x08\x09\xff\x24\x22", 10);
  EXPECT_EQ(DamagedModule(shift).rule().kind, FrameRule::Kind::unknown);
}

}  // namespace
}  // namespace holmes
