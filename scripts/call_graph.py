"""The static call graph of a built library: who calls whom, through what, and how deep the stack is.

Reads what objdump, nm and readelf print; needs the local symbols (an unstripped build). Nodes are the
addresses of functions, as local functions of two files may share a name.
"""
import bisect
import re
import subprocess
from dataclasses import dataclass, field


def run(*command, text=None):
    return subprocess.run(command, input=text, check=True, capture_output=True, text=True).stdout


@dataclass
class Site:
    """A call or jump that leaves its function."""
    address: int
    target: int = 0        # a function of the library, 0: none
    imported: str = ""     # a function of another library
    pointer: str = ""      # "" for a direct call; else the variable or register that is called through
    text: str = ""


@dataclass
class Function:
    address: int
    name: str              # demangled
    sites: list = field(default_factory=list)
    taken: set = field(default_factory=set)  # functions whose address it takes
    red_zone: int = 0      # bytes that it uses below the stack pointer
    pushed: int = 0        # bytes that it pushes and reserves at most
    moves_stack: bool = False  # by an amount that is not a constant


_FUNCTION = re.compile(r"^([0-9a-f]+) <(.+)>:$")
_LINE = re.compile(r"^\s*([0-9a-f]+):\t(?:(?:notrack|bnd|rep|lock|data16|cs) )*(\S+)\s*(.*)$")
_DIRECT = re.compile(r"^([0-9a-f]+) <([^>]+)>$")
_COMMENT = re.compile(r"#\s*([0-9a-f]+) <")
_BELOW = re.compile(r"-0x([0-9a-f]+)\(%rsp")


class CallGraph:
    def __init__(self, library):
        self.library = library
        self._read_symbols()
        self._read_imports()
        self._read_code()
        self._read_frames()

    # ---- Names -------------------------------------------------------------------------------------
    def _read_symbols(self):
        functions, data = {}, []
        for line in run("nm", "--defined-only", self.library).splitlines():
            address, kind, name = line.split(maxsplit=2)
            if kind in "tTwWi":
                functions.setdefault(int(address, 16), name)
            elif kind in "bBdDrRuvV":
                data.append((int(address, 16), name))
        plain = run("c++filt", text="\n".join([*functions.values(), *(n for _, n in data)])).splitlines()
        self.functions = {a: Function(a, n) for a, n in zip(functions, plain)}
        self.mangled = {n: a for a, n in functions.items()}
        self._data = sorted(zip((a for a, _ in data), plain[len(functions):]))
        self._starts = sorted(self.functions)

    def function_at(self, address):
        at = bisect.bisect_right(self._starts, address) - 1
        return self._starts[at] if at >= 0 else 0

    def data_at(self, address):
        at = bisect.bisect_right(self._data, (address, "\xff")) - 1
        return self._data[at][1] if at >= 0 else f"{address:x}"

    def _read_imports(self):
        self._slots, self._relocated = {}, set()
        for line in run("readelf", "-rW", self.library).splitlines():
            words = line.split()
            if len(words) >= 5 and re.fullmatch("[0-9a-f]{16}", words[0]):
                if words[3].strip("0") == "":
                    self._slots[int(words[0], 16)] = words[4].split("@")[0]
                else:
                    self._relocated.add(int(words[3], 16))
            elif len(words) == 4 and words[2] == "R_X86_64_RELATIVE":
                self._relocated.add(int(words[3], 16))

    # ---- Code ----------------------------------------------------------------------------------------
    def _read_code(self):
        self.stubs = {}     # the address of a PLT entry -> the import behind it
        current, recent = None, []
        for line in run("objdump", "-d", "--no-show-raw-insn", self.library).splitlines():
            if head := _FUNCTION.match(line):
                address, name = int(head[1], 16), head[2]
                current, recent = self.functions.get(address), []
                if current is None and "@plt" in name:
                    self.stubs[address] = name.split("@")[0]
            elif current is not None and (parts := _LINE.match(line)):
                self._read_line(current, int(parts[1], 16), parts[2], parts[3], recent)
                recent.append((parts[2], parts[3]))
        by_name = {f.name: f for f in self.functions.values()}
        for function in self.functions.values():
            cold = by_name.get(function.name + " [clone .cold]")
            if cold is not None:  # a jump table may lead there without a visible jump
                function.sites.append(Site(function.address, target=cold.address, text="cold part"))

    def _read_line(self, function, address, operation, operand, recent):
        if below := _BELOW.search(operand):
            if "lea" not in operation:
                function.red_zone = max(function.red_zone, int(below[1], 16))
        if operation == "push":
            function.pushed += 8
        elif operation == "sub" and operand.endswith(",%rsp"):
            constant = re.match(r"\$0x([0-9a-f]+),", operand)
            function.pushed += int(constant[1], 16) if constant else 0
            function.moves_stack |= constant is None
        if operation.startswith(("call", "j")):
            self._read_branch(function, Site(address, text=f"{operation} {operand}"), operand, recent)
        elif comment := _COMMENT.search(operand):
            self._read_reference(function, address, int(comment[1], 16))

    def _read_branch(self, function, site, operand, recent):
        if direct := _DIRECT.match(operand):
            target = int(direct[1], 16)
            if "@plt" in direct[2] and target not in self.functions:
                site.imported = self.stubs.get(target, direct[2].split("@")[0])
            elif target in self.functions and (target != function.address or site.text[0] == "c"):
                site.target = target
            elif self.function_at(target) != function.address:
                site.target = self.function_at(target)
            else:
                return
        elif operand.startswith("*"):
            if site.text.startswith("j") and self._is_switch(operand, recent):
                return
            comment = _COMMENT.search(operand)
            slot = int(comment[1], 16) if comment else 0
            if slot in self._slots:
                site.imported = self._slots[slot]
            else:
                site.pointer = self.data_at(slot) if slot else operand[1:].split()[0]
        else:
            return
        function.sites.append(site)

    @staticmethod
    def _is_switch(operand, recent):
        """gcc's jump tables: a 32-bit offset is loaded by index, the table's address added."""
        last = [f"{op} {args}" for op, args in recent[-8:]]
        return any(s.startswith("add") and s.endswith(operand[1:]) for s in last) and any(
            s.startswith("movslq (") and ",4)" in s for s in last)

    def _read_reference(self, function, address, target):
        if target in self.functions:
            function.taken.add(target)
        elif self._slots.get(target) and self._slots[target] not in self.mangled:
            # Whoever reads the address of an imported function may call it.
            function.sites.append(Site(address, imported=self._slots[target], text="address taken"))

    def address_taken(self):
        taken = set(self._relocated) & set(self.functions)
        for function in self.functions.values():
            taken |= function.taken
        return taken

    # ---- Stack ---------------------------------------------------------------------------------------
    def _read_frames(self):
        """Bytes between the caller's stack pointer and ours, by PC, from the call frame tables."""
        rows = {}
        for line in run("readelf", "--debug-dump=frames-interp", self.library).splitlines():
            if begin := re.search(r" FDE .*pc=([0-9a-f]+)\.\.", line):
                rows[int(begin[1], 16)] = 8  # the return address; functions that push nothing have no row
            elif row := re.match(r"^([0-9a-f]{16}) (rsp|rbp|exp)\+?(\d*)", line):
                rows[int(row[1], 16)] = int(row[3]) if row[2] == "rsp" else None
        self._rows = sorted(rows.items())
        self._row_starts = [row[0] for row in self._rows]

    def depth_at(self, address):
        """None: not by a constant distance from the stack pointer."""
        at = bisect.bisect_right(self._row_starts, address) - 1
        return self._rows[at][1] if at >= 0 else None

    def deepest(self, function):
        end = bisect.bisect_right(self._starts, function.address)
        limit = self._starts[end] if end < len(self._starts) else 1 << 62
        first = bisect.bisect_left(self._row_starts, function.address)
        depths = [self.depth_at(function.address)]
        for row in self._rows[first:]:
            if row[0] >= limit:
                break
            depths.append(row[1])
        by_pointer = None in depths
        if by_pointer and function.moves_stack:
            return None
        depth = 8 + function.pushed if by_pointer else max(depths)
        return depth + function.red_zone
