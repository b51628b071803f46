"""Whole programs that start, work and end: compilers, sort, python3, stdio."""

import random
import shlex
import subprocess

from . import result
from .measure import instructions, interleave, numbers, run
from .usage import timed
from .variants import glibc_pair

LIMIT = 1.0  # percent


def program_row(title, prepare, limit=LIMIT, **environment):
    """`prepare(context)` returns the command, and one or two smaller ones to count
    instructions of, or None."""

    def make(context):
        command, counted = prepare(context)
        variants = glibc_pair(context)
        for variant in variants:
            variant.environment.update(environment)
        both = interleave(variants, context.rounds, lambda variant: timed(command, variant))
        cpu = result.entries_of(
            variants, {name: [one[0] for one in all_] for name, all_ in both.items()}
        )
        wall = result.entries_of(
            variants, {name: [one[1] for one in all_] for name, all_ in both.items()}
        )
        goals = [result.goal_percent("more CPU time", cpu, limit)]
        if counted:
            add_instructions(context, cpu, variants, counted)
            goals.append(
                result.goal(
                    "more instructions",
                    100 * (cpu[2]["instructions"] / cpu[0]["instructions"] - 1),
                    limit,
                    "percent",
                )
            )
        return result.row(
            title, [result.table("s of CPU", cpu), result.table("s of wall time", wall)], goals
        )

    return make


def add_instructions(context, entries, variants, commands):
    """Of the last command less the one before, if there is one: then start-up and end cancel."""
    for at in (0, 2):
        counts = [0, *(instructions(context, command, variants[at]) for command in commands)]
        entries[at]["instructions"] = counts[-1] - counts[-2]
    entries[2]["instructions_added"] = entries[2]["instructions"] - entries[0]["instructions"]


# ---- What they work on -----------------------------------------------------------------------


def classes(count):
    """A C++ file of templates, strings and maps, as compilers get them."""
    lines = [
        "#include <algorithm>",
        "#include <functional>",
        "#include <map>",
        "#include <string>",
        "#include <vector>",
    ]
    for i in range(count):
        lines.append(
            f"struct S{i} {{ std::string name; std::vector<int> of;\n"
            f"  std::map<int, std::string> by;\n"
            f"  int sum() const {{ int all = {i}; for (int one : of) all += one * {i + 1};\n"
            f"    return all; }}\n"
            f"  void sort() {{ std::sort(of.begin(), of.end(),\n"
            f"    [](int a, int b) {{ return a % {i + 2} < b; }}); }} }};"
        )
    return "\n".join(lines) + "\n"


def compiler(context):
    def command(count):
        source = context.tmp / f"classes{count}.cc"
        source.write_text(classes(count))
        return ["g++", "-std=c++20", "-O1", "-c", source, "-o", "/dev/null"]

    # callgrind follows no children: the compiler proper, as the driver would call it. Start-up
    # included: in a difference of two it matters most when the compiler collects its garbage.
    plan = subprocess.run(
        [*map(str, command(3)), "-###"], capture_output=True, text=True, check=True
    )
    proper = shlex.split(next(line for line in plan.stderr.splitlines() if "cc1plus" in line))
    return command(60), [proper]


def project(context):
    """Forty C files, a library and a program: compiler, assembler, archiver, linker, shell."""
    folder = context.tmp / "project"
    folder.mkdir()
    for i in range(40):
        body = "\n".join(
            f'int f{i}_{j}(int x) {{ return printf("%d", x * {j}) + {i}; }}' for j in range(30)
        )
        (folder / f"f{i}.c").write_text(f"#include <stdio.h>\n#include <stdlib.h>\n{body}\n")
    (folder / "main.c").write_text("int f0_0(int);\nint main(void) { return f0_0(0) > 9; }\n")
    objects = " ".join(f"f{i}.o" for i in range(40))
    (folder / "Makefile").write_text(
        "all: program\nprogram: main.o lib.a\n\tcc -o $@ main.o lib.a\n"
        f"lib.a: {objects}\n\trm -f $@; ar rcs $@ $^\n"
        "%.o: %.c\n\tcc -O1 -c -o $@ $<\n"
    )
    return ["make", "-s", "-j2", "-B", "-C", folder], None


def python(context):
    script = context.tmp / "work.py"
    script.write_text(
        "import json, sys\nn = int(sys.argv[1])\n"
        "data = [{'id': i, 'name': 'name%d' % i, 'of': list(range(i % 17))} for i in range(n)]\n"
        "for _ in range(3):\n    text = json.dumps(data)\n    data = json.loads(text)\n"
        "words = {}\nfor word in text.split():\n    words[word] = words.get(word, 0) + 1\n"
    )
    return ["/usr/bin/python3", script, 60_000], [
        ["/usr/bin/python3", script, count] for count in (500, 2_000)
    ]


def lines(file, count):
    source = random.Random(1)
    file.write_text(
        "".join(f"{source.getrandbits(64):x} {source.getrandbits(40)}\n" for _ in range(count))
    )
    return ["sort", "--parallel=1", "-o", "/dev/null", file]


def sort(context):
    return lines(context.tmp / "lines", 800_000), [
        lines(context.tmp / f"lines{count}", count) for count in (5_000, 20_000)
    ]


def loop(context):
    def command(count):
        return [
            "/usr/bin/python3",
            "-c",
            f"total = 0\nfor i in range({count}):\n    total += i & 7\n",
        ]

    return command(12_000_000), [command(count) for count in (100_000, 400_000)]


def stdio(context):
    def command(count):
        return [context.program("stdio_loop"), count]

    variants = glibc_pair(context)
    values = interleave(
        variants, context.rounds, lambda variant: numbers(run(command(40_000_000), variant))[0][0]
    )
    entries = result.entries_of(variants, values)
    add_instructions(context, entries, variants, [command(count) for count in (500_000, 1_500_000)])
    more = 100 * (entries[2]["instructions"] / entries[0]["instructions"] - 1)
    return result.row(
        "getc and putc in a single thread",
        [result.table("ns of CPU a character", entries)],
        [
            result.goal_percent("more CPU time", entries, LIMIT),
            result.goal("more instructions", more, LIMIT, "percent"),
        ],
    )


ROWS = {
    "stdio": stdio,
    "sort": program_row("sort of 800 000 lines in a single thread", sort),
    "python-loop": program_row("python3, a loop", loop, PYTHONHASHSEED="0"),
    "python-malloc": program_row(
        "python3 with PYTHONMALLOC=malloc: JSON and dictionaries",
        python,
        PYTHONMALLOC="malloc",
        PYTHONHASHSEED="0",
    ),
    "g++": program_row("g++ -O1 of one large file", compiler),
    "make": program_row("make -j2 of a C project of 40 files", project),
}
