#include "capture/cfi.h"

#include <cstring>

#include "platform/registers.h"

namespace holmes {
namespace {

// Arithmetic on numbers that a damaged table may have made of any size: it wraps.
int64_t sum(int64_t a, int64_t b) {
  return static_cast<int64_t>(static_cast<uint64_t>(a) + static_cast<uint64_t>(b));
}
int64_t difference(int64_t a, int64_t b) {
  return static_cast<int64_t>(static_cast<uint64_t>(a) - static_cast<uint64_t>(b));
}
int64_t product(uint64_t a, int64_t b) {
  return static_cast<int64_t>(a * static_cast<uint64_t>(b));
}

// Reads little-endian data inside of one module; past its end everything is zero and `ok` is false.
class Cursor {
 public:
  Cursor(const uint8_t* at, const libc::Module& module)
      : at_(reinterpret_cast<uintptr_t>(at)), low_(module.start), high_(module.end) {}

  bool ok() const { return ok_; }
  const uint8_t* at() const { return reinterpret_cast<const uint8_t*>(at_); }
  // `bytes` from here on; perhaps outside of the module, so for comparisons and jumps alone.
  const uint8_t* ahead(uint64_t bytes) const {
    return reinterpret_cast<const uint8_t*>(at_ + bytes);
  }
  // A length that leads back would have the instructions run for ever.
  void skip(uint64_t bytes) {
    ok_ = ok_ && at_ <= high_ && bytes <= high_ - at_;
    at_ += bytes;
  }
  void jump(const uint8_t* to) { at_ = reinterpret_cast<uintptr_t>(to); }

  template <typename T>
  T fixed() {
    T value{};
    if (at_ < low_ || at_ > high_ || high_ - at_ < sizeof(T)) {
      ok_ = false;
      return value;
    }
    std::memcpy(&value, at(), sizeof(T));
    at_ += sizeof(T);
    return value;
  }

  uint64_t uleb() {
    uint64_t value = 0;
    for (unsigned shift = 0; ok_; shift += 7) {
      const uint8_t byte = fixed<uint8_t>();
      if (shift < 64) value |= uint64_t{byte & 0x7fu} << shift;
      if ((byte & 0x80) == 0) break;
    }
    return value;
  }

  int64_t sleb() {
    uint64_t value = 0;
    unsigned shift = 0;
    uint8_t byte = 0x80;
    while (ok_ && (byte & 0x80) != 0) {
      byte = fixed<uint8_t>();
      if (shift < 64) value |= uint64_t{byte & 0x7fu} << shift;
      shift += 7;
    }
    if (shift < 64 && (byte & 0x40) != 0) value |= ~uint64_t{0} << shift;
    return static_cast<int64_t>(value);
  }

  // A pointer in one of the DW_EH_PE_* encodings; `data_base` serves DW_EH_PE_datarel.
  uintptr_t encoded(uint8_t encoding, uintptr_t data_base) {
    if (encoding == 0xff) return 0;
    const uintptr_t here = at_;
    uintptr_t value = 0;
    switch (encoding & 0x0f) {
      case 0x00: value = fixed<uint64_t>(); break;
      case 0x01: value = uleb(); break;
      case 0x02: value = fixed<uint16_t>(); break;
      case 0x03: value = fixed<uint32_t>(); break;
      case 0x04: value = fixed<uint64_t>(); break;
      case 0x09: value = static_cast<uintptr_t>(sleb()); break;
      case 0x0a: value = static_cast<uintptr_t>(intptr_t{fixed<int16_t>()}); break;
      case 0x0b: value = static_cast<uintptr_t>(intptr_t{fixed<int32_t>()}); break;
      case 0x0c: value = fixed<uint64_t>(); break;
      default: ok_ = false; return 0;
    }
    switch (encoding & 0x70) {
      case 0x00: break;
      case 0x10: value += here; break;
      case 0x30: value += data_base; break;
      default: ok_ = false;
    }
    // DW_EH_PE_indirect: only personality routines use it, whose value nobody needs here.
    return value;
  }

 private:
  uintptr_t at_;
  uintptr_t low_;
  uintptr_t high_;
  bool ok_ = true;
};

// ---- The expressions that compilers and linkers put into .eh_frame ------------------------------
// A value is a constant, or sp or fp plus a constant, or what memory holds there. The PC is a
// constant: so a PLT's "is the PC past the push?" becomes a plain offset.
struct Value {
  enum class Base : uint8_t { constant, sp, fp, deref_sp, deref_fp, unknown };
  Base base = Base::constant;
  int64_t add = 0;
};

Value combine(uint8_t op, const Value& a, const Value& b) {
  const bool constants = a.base == Value::Base::constant && b.base == Value::Base::constant;
  switch (op) {
    case 0x22:  // DW_OP_plus
      if (b.base == Value::Base::constant && (a.base <= Value::Base::fp))
        return {a.base, sum(a.add, b.add)};
      if (a.base == Value::Base::constant && b.base <= Value::Base::fp)
        return {b.base, sum(a.add, b.add)};
      break;
    case 0x1c:  // DW_OP_minus
      if (b.base == Value::Base::constant && a.base <= Value::Base::fp)
        return {a.base, difference(a.add, b.add)};
      break;
    case 0x1a:
      if (constants) return {a.base, a.add & b.add};
      break;
    case 0x21:
      if (constants) return {a.base, a.add | b.add};
      break;
    case 0x24:
      if (constants && b.add >= 0 && b.add < 64)
        return {a.base, product(uint64_t{1} << b.add, a.add)};
      break;
    case 0x2a:
      if (constants) return {a.base, a.add >= b.add};
      break;
    case 0x2b:
      if (constants) return {a.base, a.add > b.add};
      break;
    case 0x2c:
      if (constants) return {a.base, a.add <= b.add};
      break;
    case 0x2d:
      if (constants) return {a.base, a.add < b.add};
      break;
    case 0x29:
      if (constants) return {a.base, a.add == b.add};
      break;
    case 0x2e:
      if (constants) return {a.base, a.add != b.add};
      break;
    default: break;
  }
  return {Value::Base::unknown, 0};
}

Value register_value(uint64_t number, int64_t add, uintptr_t pc) {
  if (number == arch::kDwarfSp) return {Value::Base::sp, add};
  if (number == arch::kDwarfFp) return {Value::Base::fp, add};
  if (number == arch::kDwarfPc) return {Value::Base::constant, sum(static_cast<int64_t>(pc), add)};
  return {Value::Base::unknown, 0};
}

Value dereference(const Value& value) {
  if (value.base == Value::Base::sp) return {Value::Base::deref_sp, value.add};
  if (value.base == Value::Base::fp) return {Value::Base::deref_fp, value.add};
  return {Value::Base::unknown, 0};
}

// A PLT's expression takes three values at a time.
constexpr size_t kDeepest = 4;

Value evaluate(const uint8_t* expression, const libc::Module& module, uintptr_t pc) {
  Cursor in(expression, module);
  const uint64_t length = in.uleb();
  const uint8_t* end = in.ahead(length);
  Value stack[kDeepest];
  size_t depth = 0;
  const Value unknown{Value::Base::unknown, 0};
  while (in.ok() && in.at() < end) {
    const uint8_t op = in.fixed<uint8_t>();
    Value value;
    if (op >= 0x30 && op <= 0x4f) {  // DW_OP_lit
      value.add = op - 0x30;
    } else if (op >= 0x70 && op <= 0x8f) {  // DW_OP_breg
      const int64_t add = in.sleb();
      value = register_value(op - 0x70u, add, pc);
    } else if (op == 0x08) {
      value.add = in.fixed<uint8_t>();
    } else if (op == 0x09) {
      value.add = in.fixed<int8_t>();
    } else if (op == 0x0a) {
      value.add = in.fixed<uint16_t>();
    } else if (op == 0x0b) {
      value.add = in.fixed<int16_t>();
    } else if (op == 0x10) {
      value.add = static_cast<int64_t>(in.uleb());
    } else if (op == 0x11) {
      value.add = in.sleb();
    } else if (op == 0x06 && depth > 0) {  // DW_OP_deref
      value = dereference(stack[--depth]);
    } else if (op == 0x23 && depth > 0) {  // DW_OP_plus_uconst
      value =
          combine(0x22, stack[--depth], {Value::Base::constant, static_cast<int64_t>(in.uleb())});
    } else if (depth >= 2) {
      depth -= 2;
      value = combine(op, stack[depth], stack[depth + 1]);
    } else {
      return unknown;
    }
    if (value.base == Value::Base::unknown || depth == kDeepest) return unknown;
    stack[depth++] = value;
  }
  return in.ok() && depth == 1 ? stack[0] : unknown;
}

// ---- CIE and FDE --------------------------------------------------------------------------------
// Few bytes, as it lies on the stack of a signal handler.
struct Entry {
  uintptr_t function = 0;
  uintptr_t function_end = 0;
  const uint8_t* program = nullptr;  // the FDE's instructions
  const uint8_t* program_end = nullptr;
  const uint8_t* initial = nullptr;  // the CIE's
  const uint8_t* initial_end = nullptr;
  uint32_t code_factor = 1;
  int32_t data_factor = 1;
  uint8_t return_register = arch::kDwarfPc;
  uint8_t pointer_encoding = 0;
  bool has_augmentation = false;
  bool signal_frame = false;
};

bool read_cie(const uint8_t* at, const libc::Module& module, Entry& entry) {
  Cursor in(at, module);
  const uint32_t length = in.fixed<uint32_t>();
  if (!in.ok() || length == 0 || length == 0xffffffff) return false;
  entry.initial_end = in.ahead(length);
  if (in.fixed<uint32_t>() != 0) return false;
  const uint8_t version = in.fixed<uint8_t>();
  if (version != 1 && version != 3) return false;
  const uint8_t* augmentation = in.at();
  while (in.ok() && in.fixed<uint8_t>() != 0) {
  }
  entry.code_factor = static_cast<uint32_t>(in.uleb());
  entry.data_factor = static_cast<int32_t>(in.sleb());
  entry.return_register = static_cast<uint8_t>(version == 1 ? in.fixed<uint8_t>() : in.uleb());
  if (!in.ok()) return false;
  if (*augmentation == 'z') {
    entry.has_augmentation = true;
    const uint64_t size = in.uleb();
    const uint8_t* after = in.ahead(size);
    for (const uint8_t* letter = augmentation + 1; *letter != 0 && in.ok(); ++letter) {
      if (*letter == 'R') {
        entry.pointer_encoding = in.fixed<uint8_t>();
      } else if (*letter == 'P') {
        const uint8_t encoding = in.fixed<uint8_t>();
        in.encoded(encoding, 0);
      } else if (*letter == 'L') {
        in.fixed<uint8_t>();
      } else if (*letter == 'S') {
        entry.signal_frame = true;
      } else {
        break;
      }
    }
    in.jump(after);
  } else if (*augmentation != 0) {
    return false;
  }
  entry.initial = in.at();
  return in.ok();
}

bool read_fde(const uint8_t* at, const libc::Module& module, Entry& entry) {
  Cursor in(at, module);
  const uint32_t length = in.fixed<uint32_t>();
  if (!in.ok() || length == 0 || length == 0xffffffff) return false;
  entry.program_end = in.ahead(length);
  const uint8_t* field = in.at();
  const uint32_t back = in.fixed<uint32_t>();
  if (back == 0 || !read_cie(field - back, module, entry)) return false;
  entry.function = in.encoded(entry.pointer_encoding, 0);
  entry.function_end = entry.function + in.encoded(entry.pointer_encoding & 0x0f, 0);
  if (entry.has_augmentation) {
    const uint64_t size = in.uleb();
    in.skip(size);
  }
  entry.program = in.at();
  return in.ok();
}

// ---- The instructions ---------------------------------------------------------------------------
bool fits(int64_t value) { return value >= -(1 << 27) && value < (1 << 27); }

// An offset of a rule; one that no rule can have stays one.
constexpr int32_t kUnfit = INT32_MIN;
int32_t narrow(int64_t value) { return fits(value) ? static_cast<int32_t>(value) : kUnfit; }

// Twelve bytes, as six of them lie on the stack of a signal handler. Expressions are kept as their
// distance from .eh_frame_hdr, whose own table reaches no farther than an int32_t.
struct Row {
  enum class Saved : uint8_t { same, offset, expression, undefined };
  static constexpr uint8_t kByExpression = 255;
  static constexpr uint8_t kOtherRegister = 254;
  int32_t cfa = 8;  // offset from `cfa_register`, or an expression
  int32_t fp = 0;   // offset from the CFA, or an expression
  uint8_t cfa_register = arch::kDwarfSp;
  Saved fp_saved = Saved::same;
  bool pc_undefined = false;
};

class Machine {
 public:
  Machine(const Entry& entry, const libc::Module& module, uintptr_t pc)
      : entry_(entry), module_(module), pc_(pc), location_(entry.function) {}

  bool run(Row& result) {
    if (!execute(entry_.initial, entry_.initial_end)) return false;
    initial_ = row_;
    location_ = entry_.function;
    if (!execute(entry_.program, entry_.program_end)) return false;
    result = row_;
    return true;
  }

 private:
  void set_register(uint64_t number, Row::Saved how, int32_t fp) {
    if (number == arch::kDwarfFp) {
      row_.fp_saved = how;
      row_.fp = fp;
    } else if (number == entry_.return_register) {
      row_.pc_undefined = how == Row::Saved::undefined;
    }
  }
  void set_offset(uint64_t number, uint64_t factored) {
    set_register(number, Row::Saved::offset, narrow(product(factored, entry_.data_factor)));
  }
  void restore(uint64_t number) {
    if (number == arch::kDwarfFp) {
      row_.fp_saved = initial_.fp_saved;
      row_.fp = initial_.fp;
    } else if (number == entry_.return_register) {
      row_.pc_undefined = initial_.pc_undefined;
    }
  }
  void set_cfa_register(uint64_t number) {
    row_.cfa_register =
        static_cast<uint8_t>(number < Row::kOtherRegister ? number : Row::kOtherRegister);
  }
  void set_cfa_offset(int64_t offset) {
    if (row_.cfa_register != Row::kByExpression) row_.cfa = narrow(offset);
  }
  // An expression that starts here; leaves `in` behind it.
  int32_t skip_expression(Cursor& in) const {
    const int64_t distance = in.at() - module_.eh_frame_hdr;
    const uint64_t length = in.uleb();
    in.skip(length);
    return distance == static_cast<int32_t>(distance) ? static_cast<int32_t>(distance) : kUnfit;
  }
  // False: the row for `pc_` is complete.
  bool advance(uint64_t delta) {
    location_ += delta * entry_.code_factor;
    return location_ <= pc_;
  }

  bool execute(const uint8_t* at, const uint8_t* end);
  bool extended(uint8_t op, Cursor& in, bool& done);

  const Entry& entry_;
  const libc::Module& module_;
  const uintptr_t pc_;
  uintptr_t location_;
  Row row_;
  Row initial_;
  Row saved_[4];
  uint32_t depth_ = 0;
};

bool Machine::execute(const uint8_t* at, const uint8_t* end) {
  Cursor in(at, module_);
  while (in.ok() && in.at() < end) {
    const uint8_t op = in.fixed<uint8_t>();
    const uint8_t low = op & 0x3f;
    switch (op >> 6) {
      case 1:  // DW_CFA_advance_loc
        if (!advance(low)) return true;
        continue;
      case 2:  // DW_CFA_offset
        set_offset(low, in.uleb());
        continue;
      case 3:  // DW_CFA_restore
        restore(low);
        continue;
      default: break;
    }
    bool done = false;
    if (!extended(op, in, done)) return false;
    if (done) return true;
  }
  return in.ok();
}

bool Machine::extended(uint8_t op, Cursor& in, bool& done) {
  switch (op) {
    case 0x00: break;  // nop
    case 0x01:         // set_loc
      location_ = in.encoded(entry_.pointer_encoding, 0);
      done = location_ > pc_;
      break;
    case 0x02: done = !advance(in.fixed<uint8_t>()); break;
    case 0x03: done = !advance(in.fixed<uint16_t>()); break;
    case 0x04: done = !advance(in.fixed<uint32_t>()); break;
    case 0x05: {  // offset_extended
      const uint64_t number = in.uleb();
      set_offset(number, in.uleb());
      break;
    }
    case 0x06: restore(in.uleb()); break;
    case 0x07: set_register(in.uleb(), Row::Saved::undefined, 0); break;
    case 0x08: set_register(in.uleb(), Row::Saved::same, 0); break;
    case 0x09: {  // register: no compiler keeps fp or pc there on this processor
      const uint64_t number = in.uleb();
      in.uleb();
      set_register(number, Row::Saved::undefined, 0);
      break;
    }
    case 0x0a:  // remember_state
      if (depth_ == sizeof saved_ / sizeof saved_[0]) return false;
      saved_[depth_++] = row_;
      break;
    case 0x0b:  // restore_state
      if (depth_ == 0) return false;
      row_ = saved_[--depth_];
      break;
    case 0x0c:  // def_cfa
      set_cfa_register(in.uleb());
      set_cfa_offset(static_cast<int64_t>(in.uleb()));
      break;
    case 0x0d: set_cfa_register(in.uleb()); break;
    case 0x0e: set_cfa_offset(static_cast<int64_t>(in.uleb())); break;
    case 0x0f:  // def_cfa_expression
      row_.cfa_register = Row::kByExpression;
      row_.cfa = skip_expression(in);
      break;
    case 0x10:    // expression
    case 0x16: {  // val_expression
      const uint64_t number = in.uleb();
      const int32_t expression = skip_expression(in);
      set_register(number, op == 0x10 ? Row::Saved::expression : Row::Saved::undefined, expression);
      if (number == entry_.return_register) row_.pc_undefined = false;
      break;
    }
    case 0x11: {  // offset_extended_sf
      const uint64_t number = in.uleb();
      set_offset(number, static_cast<uint64_t>(in.sleb()));
      break;
    }
    case 0x12:  // def_cfa_sf
      set_cfa_register(in.uleb());
      set_cfa_offset(product(static_cast<uint64_t>(in.sleb()), entry_.data_factor));
      break;
    case 0x13: set_cfa_offset(product(static_cast<uint64_t>(in.sleb()), entry_.data_factor)); break;
    case 0x14:  // val_offset
      set_register(in.uleb(), Row::Saved::undefined, 0);
      in.uleb();
      break;
    case 0x15:
      set_register(in.uleb(), Row::Saved::undefined, 0);
      in.sleb();
      break;
    case 0x2e: in.uleb(); break;  // GNU_args_size
    case 0x2f: {                  // GNU_negative_offset_extended
      const uint64_t number = in.uleb();
      set_offset(number, -in.uleb());
      break;
    }
    default: return false;
  }
  return in.ok();
}

// ---- From a row to a rule -----------------------------------------------------------------------
Value evaluate_at(int32_t expression, const libc::Module& module, uintptr_t pc) {
  if (expression == kUnfit) return {Value::Base::unknown, 0};
  return evaluate(module.eh_frame_hdr + expression, module, pc);
}

bool set_cfa(const Row& row, const libc::Module& module, uintptr_t pc, FrameRule& rule) {
  const Value cfa = row.cfa_register == Row::kByExpression
                        ? evaluate_at(row.cfa, module, pc)
                        : register_value(row.cfa_register, row.cfa, pc);
  switch (cfa.base) {
    case Value::Base::sp: rule.kind = FrameRule::Kind::from_sp; break;
    case Value::Base::fp: rule.kind = FrameRule::Kind::from_fp; break;
    case Value::Base::deref_sp: rule.kind = FrameRule::Kind::deref_sp; break;
    case Value::Base::deref_fp: rule.kind = FrameRule::Kind::deref_fp; break;
    default: return false;
  }
  rule.cfa_offset = static_cast<int32_t>(cfa.add);
  return fits(cfa.add);
}

void set_fp(const Row& row, const libc::Module& module, uintptr_t pc, FrameRule& rule) {
  if (row.fp_saved == Row::Saved::offset && row.fp != kUnfit) {
    rule.fp = FrameRule::Fp::at_cfa;
    rule.fp_offset = row.fp;
  } else if (row.fp_saved == Row::Saved::expression) {
    const Value place = evaluate_at(row.fp, module, pc);
    const bool usable = place.base == Value::Base::fp && fits(place.add);
    rule.fp = usable ? FrameRule::Fp::at_fp : FrameRule::Fp::lost;
    rule.fp_offset = usable ? static_cast<int32_t>(place.add) : 0;
  } else if (row.fp_saved != Row::Saved::same) {
    rule.fp = FrameRule::Fp::lost;
  }
}

// The three steps of a look-up, each with a stack frame of its own that is gone before the next.
[[gnu::noinline]] bool run_to(const Entry& entry, const libc::Module& module, uintptr_t pc,
                              Row& row) {
  return Machine(entry, module, pc).run(row);
}

[[gnu::noinline]] void set_rule(const Row& row, const libc::Module& module, uintptr_t pc,
                                FrameRule& rule) {
  if (row.pc_undefined) {
    rule.kind = FrameRule::Kind::end;
  } else if (set_cfa(row, module, pc, rule)) {
    set_fp(row, module, pc, rule);
  } else {
    rule.kind = FrameRule::Kind::unknown;
  }
}

// The linker's sorted table of (function, FDE), both relative to the header.
const uint8_t* search_table(const libc::Module& module, uintptr_t pc) {
  Cursor in(module.eh_frame_hdr, module);
  const auto base = reinterpret_cast<uintptr_t>(module.eh_frame_hdr);
  const uint8_t version = in.fixed<uint8_t>();
  const uint8_t frame_encoding = in.fixed<uint8_t>();
  const uint8_t count_encoding = in.fixed<uint8_t>();
  const uint8_t table_encoding = in.fixed<uint8_t>();
  if (version != 1 || table_encoding != 0x3b)
    return nullptr;  // datarel | sdata4, as every linker writes
  in.encoded(frame_encoding, base);
  const uint64_t count = in.encoded(count_encoding, base);
  if (!in.ok() || count == 0) return nullptr;
  const uint8_t* table = in.at();
  if (count > (module.end - reinterpret_cast<uintptr_t>(table)) / 8) return nullptr;
  // A table that was not searched lately is not in the processor's cache: both places that may be
  // next are fetched while this one is waited for, and no branch is there to be guessed wrongly.
  uint64_t low = 0;
  for (uint64_t left = count; left > 1;) {
    const uint64_t half = left / 2;
    left -= half;
    __builtin_prefetch(table + (low + left / 2) * 8);
    __builtin_prefetch(table + (low + half + left / 2) * 8);
    int32_t start;
    std::memcpy(&start, table + (low + half) * 8, 4);
    low = base + static_cast<uintptr_t>(intptr_t{start}) <= pc ? low + half : low;
  }
  int32_t fde;
  std::memcpy(&fde, table + low * 8 + 4, 4);
  return module.eh_frame_hdr + fde;
}

[[gnu::noinline]] bool find_entry(const libc::Module& module, uintptr_t pc, Entry& entry) {
  const uint8_t* fde = search_table(module, pc);
  if (fde == nullptr || !read_fde(fde, module, entry)) return false;
  return pc >= entry.function && pc < entry.function_end;
}

}  // namespace

FrameRule find_frame_rule(const libc::Module& module, uintptr_t pc, uintptr_t* function_start) {
  FrameRule rule;
  Entry entry;
  if (module.eh_frame_hdr == nullptr || !find_entry(module, pc, entry)) return rule;
  if (function_start != nullptr) *function_start = entry.function;
  if (entry.signal_frame) {
    rule.kind = FrameRule::Kind::signal;
    return rule;
  }
  Row row;
  if (run_to(entry, module, pc, row)) set_rule(row, module, pc, rule);
  return rule;
}

// ---- Packed -------------------------------------------------------------------------------------
// Both places between the register and the CFA, in whole words: then a walk that has seen the CFA
// to lie on the stack may read them.
bool FrameRule::is_simple() const {
  if (kind != Kind::from_sp && kind != Kind::from_fp) return false;
  if (cfa_offset < 8 || cfa_offset % 8 != 0) return false;
  if (fp == Fp::same) return true;
  return fp == Fp::at_cfa && fp_offset < 0 && fp_offset >= -128 * 8 && fp_offset % 8 == 0 &&
         -fp_offset <= cfa_offset;
}

namespace {
constexpr unsigned kOffsetBits = 28;
constexpr uint64_t kOffsetMask = (uint64_t{1} << kOffsetBits) - 1;
constexpr unsigned kCfaAt = 0;  // 28 bits of both offsets: below the shape's two bits, and above
constexpr unsigned kKindAt = 28;
constexpr unsigned kFpAt = 34;
constexpr unsigned kFpOffsetAt = 36;

int32_t signed_offset(uint64_t bits, unsigned at) {
  const auto high = static_cast<int64_t>(bits << (64 - kOffsetBits - at));
  return static_cast<int32_t>(high >> (64 - kOffsetBits));
}
}  // namespace

uint64_t FrameRule::pack() const {
  if (!is_simple()) return pack_in_full();
  const int words = fp == Fp::at_cfa ? fp_offset / 8 : 0;
  const Shape shape = kind == Kind::from_sp ? kSimpleSp : kSimpleFp;
  return static_cast<uint32_t>(cfa_offset) | uint64_t{shape} << kShapeAt |
         uint64_t{static_cast<uint8_t>(words)} << 40;
}

uint64_t FrameRule::pack_in_full() const {
  return uint64_t{static_cast<uint8_t>(kind)} << kKindAt |
         uint64_t{static_cast<uint8_t>(fp)} << kFpAt |
         (static_cast<uint32_t>(cfa_offset) & kOffsetMask) << kCfaAt |
         (static_cast<uint32_t>(fp_offset) & kOffsetMask) << kFpOffsetAt;
}

FrameRule FrameRule::unpack(uint64_t bits) {
  FrameRule rule;
  const Shape shape = shape_of(bits);
  if (shape == kNotSimple) {
    rule.kind = static_cast<Kind>(bits >> kKindAt & 15);
    rule.fp = static_cast<Fp>(bits >> kFpAt & 3);
    rule.cfa_offset = signed_offset(bits, kCfaAt);
    rule.fp_offset = signed_offset(bits, kFpOffsetAt);
    return rule;
  }
  rule.kind = shape == kSimpleSp ? Kind::from_sp : Kind::from_fp;
  rule.cfa_offset = static_cast<int32_t>(simple_cfa_offset(bits));
  rule.fp_offset = simple_fp_words(bits) * 8;
  rule.fp = rule.fp_offset != 0 ? Fp::at_cfa : Fp::same;
  return rule;
}

}  // namespace holmes
