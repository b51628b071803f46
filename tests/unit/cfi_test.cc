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

TEST(Cfi, every_function_of_a_table_of_any_length_is_found) {
  for (size_t functions = 1; functions <= 40; ++functions) {
    // The table, the common entry, an entry a function, and the functions, of 16 bytes each.
    const std::string cie = entry(word(0, 4) + std::string("\x01zR\0\x01\x78\x10\x01\x1b", 9) +
                                  std::string("\x0c\x07\x08\x90\x01", 5));
    const size_t cie_at = 12 + 8 * functions;
    constexpr size_t kEntry = 20;
    const size_t functions_at = cie_at + cie.size() + kEntry * functions;
    std::string module =
        std::string("\x01\x1b\x03\x3b", 4) + word(cie_at - 4, 4) + word(functions, 4);
    std::string entries;
    for (size_t i = 0; i < functions; ++i) {
      const size_t at = cie_at + cie.size() + entries.size();
      const size_t function = functions_at + 16 * i;
      module += word(function, 4) + word(at, 4);
      // DW_CFA_def_cfa_offset 16 + i
      entries += entry(word(at + 4 - cie_at, 4) + word(function - at - 8, 4) + word(16, 4) + '\0' +
                       '\x0e' + static_cast<char>(16 + i));
      ASSERT_EQ(entries.size(), kEntry * (i + 1));
    }
    module += cie + entries + std::string(16 * functions, '\x90');
    const auto start = reinterpret_cast<uintptr_t>(module.data());
    const libc::Module mapped{start, start + module.size(),
                              reinterpret_cast<const uint8_t*>(start)};
    for (size_t i = 0; i < functions; ++i) {
      for (const size_t inside : {0, 15}) {
        uintptr_t found = 0;
        const uintptr_t pc = start + functions_at + 16 * i + inside;
        const FrameRule rule = find_frame_rule(mapped, pc, &found);
        EXPECT_EQ(found, start + functions_at + 16 * i) << i << " of " << functions;
        EXPECT_EQ(rule.cfa_offset, static_cast<int32_t>(16 + i)) << i << " of " << functions;
      }
    }
    EXPECT_EQ(find_frame_rule(mapped, start + functions_at - 1, nullptr).kind,
              FrameRule::Kind::unknown);
  }
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

TEST(Cfi, a_frame_pointer_found_by_an_expression_is_kept) {
  // DW_CFA_expression: rbp at rbp + 0, as in functions that realign their stack.
  const FrameRule rule = DamagedModule(std::string("\x10\x06\x02\x76\x00", 5)).rule();
  EXPECT_EQ(rule.kind, FrameRule::Kind::from_sp);
  EXPECT_EQ(rule.fp, FrameRule::Fp::at_fp);
  EXPECT_EQ(rule.fp_offset, 0);
}

TEST(Cfi, a_state_is_restored_with_its_frame_pointer) {
  // CFA = rbp + 16, rbp at CFA - 16; remembered, overwritten, restored.
  const std::string program("\x0c\x06\x10\x86\x02\x0a\x0c\x07\x08\xc6\x0b", 11);
  const FrameRule rule = DamagedModule(program).rule();
  EXPECT_EQ(rule.kind, FrameRule::Kind::from_fp);
  EXPECT_EQ(rule.cfa_offset, 16);
  EXPECT_EQ(rule.fp, FrameRule::Fp::at_cfa);
  EXPECT_EQ(rule.fp_offset, -16);
}

TEST(Cfi, a_cfa_found_by_an_expression_is_kept) {
  // An expression of the CFA: DW_OP_breg7 8; DW_OP_deref.
  const FrameRule rule = DamagedModule(std::string("\x0f\x03\x77\x08\x06", 5)).rule();
  EXPECT_EQ(rule.kind, FrameRule::Kind::deref_sp);
  EXPECT_EQ(rule.cfa_offset, 8);
}

FrameRule make(FrameRule::Kind kind, int32_t cfa, FrameRule::Fp fp, int32_t offset) {
  FrameRule rule;
  rule.kind = kind;
  rule.fp = fp;
  rule.cfa_offset = cfa;
  rule.fp_offset = offset;
  return rule;
}

void expect_same(const FrameRule& rule, uint64_t bits) {
  const FrameRule again = FrameRule::unpack(bits);
  EXPECT_EQ(again.kind, rule.kind);
  EXPECT_EQ(again.fp, rule.fp);
  EXPECT_EQ(again.cfa_offset, rule.cfa_offset);
  EXPECT_EQ(again.fp_offset, rule.fp_offset);
}

TEST(Cfi, every_rule_survives_its_packing) {
  using Kind = FrameRule::Kind;
  using Fp = FrameRule::Fp;
  constexpr int32_t kLeast = -(1 << 27);
  constexpr int32_t kMost = (1 << 27) - 1;
  for (const Kind kind : {Kind::unknown, Kind::end, Kind::from_sp, Kind::from_fp, Kind::deref_sp,
                          Kind::deref_fp, Kind::signal}) {
    for (const Fp fp : {Fp::same, Fp::at_cfa, Fp::at_fp, Fp::lost}) {
      for (const int32_t cfa : {kLeast, -8, 0, 7, 8, 16, 100000, kMost}) {
        for (const int32_t offset : {kLeast, -1032, -1024, -16, -9, -8, 0, 8, kMost}) {
          if (fp == Fp::same && offset != 0) continue;
          const FrameRule rule = make(kind, cfa, fp, offset);
          expect_same(rule, rule.pack());
          expect_same(rule, rule.pack_in_full());
          EXPECT_EQ(FrameRule::shape_of(rule.pack_in_full()), FrameRule::kNotSimple);
        }
      }
    }
  }
}

// A walk reads the places of a simple rule without comparing both with the stack's ends.
TEST(Cfi, a_rule_that_leads_below_its_register_is_not_simple) {
  using Kind = FrameRule::Kind;
  using Fp = FrameRule::Fp;
  const auto shape = [](const FrameRule& rule) { return FrameRule::shape_of(rule.pack()); };
  EXPECT_EQ(shape(make(Kind::from_sp, 32, Fp::at_cfa, -32)), FrameRule::kSimpleSp);
  EXPECT_EQ(shape(make(Kind::from_fp, 16, Fp::at_cfa, -16)), FrameRule::kSimpleFp);
  EXPECT_EQ(shape(make(Kind::from_sp, 32, Fp::at_cfa, -40)), FrameRule::kNotSimple);
  EXPECT_EQ(shape(make(Kind::from_fp, 16, Fp::at_cfa, -24)), FrameRule::kNotSimple);
  EXPECT_EQ(shape(make(Kind::from_sp, 32, Fp::at_cfa, 0)), FrameRule::kNotSimple);
  EXPECT_EQ(shape(make(Kind::from_sp, 0, Fp::same, 0)), FrameRule::kNotSimple);
  EXPECT_EQ(shape(make(Kind::from_sp, -8, Fp::same, 0)), FrameRule::kNotSimple);
  EXPECT_EQ(shape(make(Kind::from_sp, 12, Fp::same, 0)), FrameRule::kNotSimple);
  EXPECT_EQ(shape(make(Kind::deref_fp, 16, Fp::same, 0)), FrameRule::kNotSimple);
}

}  // namespace
}  // namespace holmes
