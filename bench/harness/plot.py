"""results.svg for the README: what each profiler adds to a malloc+free pair."""

import math

from . import result
from .report import FOLDER

BARS = (
    ("holmes", "holmes (glibc)"),
    ("jemalloc + holmes", "holmes (jemalloc)"),
    ("tcmalloc + holmes", "holmes (tcmalloc)"),
    ("jemalloc, profiling at 512 KiB", "jemalloc's profiling, 512 KiB"),
    ("tcmalloc, sampling at 512 KiB", "tcmalloc's sampling, 512 KiB"),
    ("heaptrack", "heaptrack"),
    ("tcmalloc, HEAPPROFILE", "gperftools' HEAPPROFILE"),
)
LOW, HIGH = 0.1, 10_000.0
LEFT, WIDTH, STEP, BAR = 210, 420, 26, 16


def x_of(ns):
    share = (math.log10(max(ns, LOW)) - math.log10(LOW)) / (math.log10(HIGH) - math.log10(LOW))
    return LEFT + WIDTH * share


def text(x, y, words, anchor="start", extra=""):
    return f'<text x="{x:.0f}" y="{y:.0f}" text-anchor="{anchor}"{extra}>{words}</text>'


def grid(bottom):
    lines = []
    for power in range(-1, 5):
        x = x_of(10.0**power)
        lines.append(f'<line x1="{x:.1f}" y1="34" x2="{x:.1f}" y2="{bottom}" stroke="#ddd"/>')
        lines.append(text(x, bottom + 16, f"{10.0 ** power:g}", "middle", ' fill="#666"'))
    return lines


def bar(number, label, ns):
    y = 42 + number * STEP
    color = "#2a7" if label.startswith("holmes") else "#999"
    return [
        text(LEFT - 8, y + 13, label, "end"),
        f'<rect x="{LEFT}" y="{y}" width="{max(x_of(ns) - LEFT, 1):.1f}" height="{BAR}" '
        f'fill="{color}"/>',
        text(x_of(ns) + 6, y + 13, f"{ns:.2f}" if ns < 10 else f"{ns:.0f}"),
    ]


def write(results, path=FOLDER / "results.svg"):
    row = results["rows"].get("malloc")
    if row is None:
        return
    entries = row["tables"][0]["entries"]
    bottom = 42 + len(BARS) * STEP
    lines = [
        '<svg xmlns="http://www.w3.org/2000/svg" width="720" height="%d" font-family="sans-serif" '
        'font-size="13">' % (bottom + 40),
        '<rect width="100%" height="100%" fill="white"/>',
        text(
            LEFT,
            20,
            "ns added to one malloc + free (best of rounds, logarithmic)",
            extra=' font-weight="bold"',
        ),
        *grid(bottom),
    ]
    for number, (label, words) in enumerate(BARS):
        one = result.find(entries, label)
        if one is not None:
            lines += bar(number, words, result.added(entries, one))
    lines.append(
        text(
            LEFT,
            bottom + 34,
            f"commit {row['commit']}; bench/results.md has the rest",
            extra=' fill="#666"',
        )
    )
    path.write_text("\n".join([*lines, "</svg>"]) + "\n")
