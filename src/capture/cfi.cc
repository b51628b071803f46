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

// ---- The expressions that compilers and linkers put into .eh_frame --------------------------------
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
      if (b.base == Value::Base::constant &&
          (a.base <= Value::Base::fp)) return {a.base, sum(a.add, b.add)};
      if (a.base == Value::Base::constant && b.base <= Value::Base::fp) return {b.base, sum(a.add, b.add)};
      break;
    case 0x1c:  // DW_OP_minus
      if (b.base == Value::Base::constant && a.base <= Value::Base::fp) return {a.base, difference(a.add, b.add)};
      break;
    case 0x1a: if (constants) return {a.base, a.add & b.add}; break;
    case 0x21: if (constants) return {a.base, a.add | b.add}; break;
    case 0x24:
      if (constants && b.add >= 0 && b.add < 64) return {a.base, product(uint64_t{1} << b.add, a.add)};
      break;
    case 0x2a: if (constants) return {a.base, a.add >= b.add}; break;
    case 0x2b: if (constants) return {a.base, a.add > b.add}; break;
    case 0x2c: if (constants) return {a.base, a.add <= b.add}; break;
    case 0x2d: if (constants) return {a.base, a.add < b.add}; break;
    case 0x29: if (constants) return {a.base, a.add == b.add}; break;
    case 0x2e: if (constants) return {a.base, a.add != b.add}; break;
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

Value evaluate(const uint8_t* expression, const libc::Module& module, uintptr_t pc) {
  Cursor in(expression, module);
  const uint64_t length = in.uleb();
  const uint8_t* end = in.ahead(length);
  Value stack[6];
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
      value = combine(0x22, stack[--depth], {Value::Base::constant, static_cast<int64_t>(in.uleb())});
    } else if (depth >= 2) {
      depth -= 2;
      value = combine(op, stack[depth], stack[depth + 1]);
    } else {
      return unknown;
    }
    if (value.base == Value::Base::unknown || depth == 6) return unknown;
    stack[depth++] = value;
  }
  return in.ok() && depth == 1 ? stack[0] : unknown;
}

// ---- CIE and FDE --------------------------------------------------------------------------------
struct Entry {
  uintptr_t function = 0;
  uintptr_t function_end = 0;
  const uint8_t* program = nullptr;  // the FDE's instructions
  const uint8_t* program_end = nullptr;
  const uint8_t* initial = nullptr;  // the CIE's
  const uint8_t* initial_end = nullptr;
  uint64_t code_factor = 1;
  int64_t data_factor = 1;
  uint64_t return_register = arch::kDwarfPc;
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
  entry.code_factor = in.uleb();
  entry.data_factor = in.sleb();
  entry.return_register = version == 1 ? in.fixed<uint8_t>() : in.uleb();
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
struct Row {
  uint64_t cfa_register = arch::kDwarfSp;
  int64_t cfa_offset = 8;
  const uint8_t* cfa_expression = nullptr;
  enum class Saved : uint8_t { same, offset, expression, undefined } fp = Saved::same;
  int64_t fp_offset = 0;
  const uint8_t* fp_expression = nullptr;
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
  void set_register(uint64_t number, Row::Saved how, int64_t offset, const uint8_t* expression) {
    if (number == arch::kDwarfFp) {
      row_.fp = how;
      row_.fp_offset = offset;
      row_.fp_expression = expression;
    } else if (number == entry_.return_register) {
      row_.pc_undefined = how == Row::Saved::undefined;
    }
  }
  void restore(uint64_t number) {
    if (number == arch::kDwarfFp) {
      row_.fp = initial_.fp;
      row_.fp_offset = initial_.fp_offset;
      row_.fp_expression = initial_.fp_expression;
    } else if (number == entry_.return_register) {
      row_.pc_undefined = initial_.pc_undefined;
    }
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
  size_t depth_ = 0;
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
      case 2: {  // DW_CFA_offset
        const int64_t offset = product(in.uleb(), entry_.data_factor);
        set_register(low, Row::Saved::offset, offset, nullptr);
        continue;
      }
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
      set_register(number, Row::Saved::offset, product(in.uleb(), entry_.data_factor), nullptr);
      break;
    }
    case 0x06: restore(in.uleb()); break;
    case 0x07: set_register(in.uleb(), Row::Saved::undefined, 0, nullptr); break;
    case 0x08: set_register(in.uleb(), Row::Saved::same, 0, nullptr); break;
    case 0x09: {  // register: no compiler keeps fp or pc there on this processor
      const uint64_t number = in.uleb();
      in.uleb();
      set_register(number, Row::Saved::undefined, 0, nullptr);
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
      row_.cfa_register = in.uleb();
      row_.cfa_offset = static_cast<int64_t>(in.uleb());
      row_.cfa_expression = nullptr;
      break;
    case 0x0d:
      row_.cfa_register = in.uleb();
      row_.cfa_expression = nullptr;
      break;
    case 0x0e: row_.cfa_offset = static_cast<int64_t>(in.uleb()); break;
    case 0x0f: {  // def_cfa_expression
      row_.cfa_expression = in.at();
      const uint64_t length = in.uleb();
      in.skip(length);
      break;
    }
    case 0x10:    // expression
    case 0x16: {  // val_expression
      const uint64_t number = in.uleb();
      const uint8_t* expression = in.at();
      const uint64_t length = in.uleb();
      in.skip(length);
      set_register(number, op == 0x10 ? Row::Saved::expression : Row::Saved::undefined, 0, expression);
      if (number == entry_.return_register) row_.pc_undefined = false;
      break;
    }
    case 0x11: {  // offset_extended_sf
      const uint64_t number = in.uleb();
      set_register(number, Row::Saved::offset, product(static_cast<uint64_t>(in.sleb()), entry_.data_factor), nullptr);
      break;
    }
    case 0x12:  // def_cfa_sf
      row_.cfa_register = in.uleb();
      row_.cfa_offset = product(static_cast<uint64_t>(in.sleb()), entry_.data_factor);
      row_.cfa_expression = nullptr;
      break;
    case 0x13: row_.cfa_offset = product(static_cast<uint64_t>(in.sleb()), entry_.data_factor); break;
    case 0x14:  // val_offset
      set_register(in.uleb(), Row::Saved::undefined, 0, nullptr);
      in.uleb();
      break;
    case 0x15:
      set_register(in.uleb(), Row::Saved::undefined, 0, nullptr);
      in.sleb();
      break;
    case 0x2e: in.uleb(); break;  // GNU_args_size
    case 0x2f: {                  // GNU_negative_offset_extended
      const uint64_t number = in.uleb();
      set_register(number, Row::Saved::offset, product(-in.uleb(), entry_.data_factor), nullptr);
      break;
    }
    default: return false;
  }
  return in.ok();
}

// ---- From a row to a rule -----------------------------------------------------------------------
bool fits(int64_t value) { return value >= -(1 << 27) && value < (1 << 27); }

bool set_cfa(const Row& row, const libc::Module& module, uintptr_t pc, FrameRule& rule) {
  const Value cfa = row.cfa_expression != nullptr
                        ? evaluate(row.cfa_expression, module, pc)
                        : register_value(row.cfa_register, row.cfa_offset, pc);
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
  if (row.fp == Row::Saved::offset && fits(row.fp_offset)) {
    rule.fp = FrameRule::Fp::at_cfa;
    rule.fp_offset = static_cast<int32_t>(row.fp_offset);
  } else if (row.fp == Row::Saved::expression) {
    const Value place = evaluate(row.fp_expression, module, pc);
    const bool usable = place.base == Value::Base::fp && fits(place.add);
    rule.fp = usable ? FrameRule::Fp::at_fp : FrameRule::Fp::lost;
    rule.fp_offset = usable ? static_cast<int32_t>(place.add) : 0;
  } else if (row.fp != Row::Saved::same) {
    rule.fp = FrameRule::Fp::lost;
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
  if (version != 1 || table_encoding != 0x3b) return nullptr;  // datarel | sdata4, as every linker writes
  in.encoded(frame_encoding, base);
  const uint64_t count = in.encoded(count_encoding, base);
  if (!in.ok() || count == 0) return nullptr;
  const uint8_t* table = in.at();
  if (count > (module.end - reinterpret_cast<uintptr_t>(table)) / 8) return nullptr;
  uint64_t low = 0;
  uint64_t high = count;
  while (high - low > 1) {
    const uint64_t middle = (low + high) / 2;
    int32_t start;
    std::memcpy(&start, table + middle * 8, 4);
    if (base + static_cast<uintptr_t>(intptr_t{start}) <= pc) {
      low = middle;
    } else {
      high = middle;
    }
  }
  int32_t fde;
  std::memcpy(&fde, table + low * 8 + 4, 4);
  return module.eh_frame_hdr + fde;
}

}  // namespace

FrameRule find_frame_rule(const libc::Module& module, uintptr_t pc, uintptr_t* function_start) {
  FrameRule rule;
  if (module.eh_frame_hdr == nullptr) return rule;
  const uint8_t* fde = search_table(module, pc);
  Entry entry;
  if (fde == nullptr || !read_fde(fde, module, entry)) return rule;
  if (pc < entry.function || pc >= entry.function_end) return rule;
  if (function_start != nullptr) *function_start = entry.function;
  if (entry.signal_frame) {
    rule.kind = FrameRule::Kind::signal;
    return rule;
  }
  Row row;
  Machine machine(entry, module, pc);
  if (!machine.run(row)) return rule;
  if (row.pc_undefined) {
    rule.kind = FrameRule::Kind::end;
    return rule;
  }
  if (!set_cfa(row, module, pc, rule)) {
    rule.kind = FrameRule::Kind::unknown;
    return rule;
  }
  set_fp(row, module, pc, rule);
  return rule;
}

}  // namespace holmes
