"""A CPU capture: what it takes from the profiled threads, and how true its shares are."""

import collections
import re
import statistics
import subprocess

from . import result
from .dumping import decided
from .measure import interleave, numbers, run
from .process import Process, clear, manifests, wait_event
from .variants import PROFILER, Variant, holmes, preloads

CAPTURE = {
    "HOLMES_COLLECT_INTERVAL": "20ms",
    "HOLMES_WARMUP": "1",
    "HOLMES_CPU_DIFF": "0",
    "HOLMES_CPU_ABS": "10",
    "HOLMES_MEM": "0",
    "HOLMES_THREAD": "0",
}


DURATION, PART = 0.4, 20  # seconds of a capture, ms that are looked at together


def loss_within(context, threads, depth, captures):
    """In percent, of one program that is captured a third of the time: its parts during captures against
    those between. Two programs, or one a second later, differ by more than the capture takes.
    Without captures: the same of moments when there might have been some."""
    clear(context.dumps)
    settings = CAPTURE | {
        "HOLMES_CPU": "1" if captures else "0",
        "HOLMES_CPU_DURATION": f"{DURATION}s",
        "HOLMES_CPU_COOLDOWN": f"{2 * DURATION}s",
        "HOLMES_SYMBOLIZE": "off",
    }
    command = [context.program("burn"), 6000, threads, depth, PART]
    parts = numbers(run(command, Variant("holmes", holmes(context, **settings))))[:-1]
    begins = [decided(event) for event in manifests(context.dumps, "cpu")]
    if not captures:
        begins = [parts[0][0] / 1000 + 3 * DURATION * i for i in range(5)]

    def rates(first, last):
        """Of the parts that lie between these moments after a capture began."""
        found = []
        for end_ms, rate, _ in parts:
            end = end_ms / 1000
            if any(begin + first < end - PART / 1000 and end < begin + last for begin in begins):
                found.append(rate)
        return statistics.median(found)

    during = rates(0.05, DURATION - 0.02)
    between = rates(DURATION + 0.05, 2 * DURATION - 0.05)
    return 100 * (1 - during / between)


def within_table(context, threads, depth):
    entries = [
        result.entry(
            label,
            [loss_within(context, threads, depth, captures) for _ in range(context.rounds)],
        )
        for label, captures in (("no capture", False), ("holmes, capturing at 100 Hz", True))
    ]
    title = f"{threads} threads, {depth} frames deep, one program now captured and now not"
    return result.table("percent of the thread's time", entries, title)


def overhead(context):
    variants = [
        Variant("bare"),
        Variant("bare again"),
        Variant("holmes, watching", holmes(context, HOLMES_CPU="0")),
        # The capture is longer than the program: every round of it is profiled.
        Variant(
            "holmes, capturing at 100 Hz", holmes(context, **CAPTURE, HOLMES_CPU_DURATION="60s")
        ),
        Variant(
            "libprofiler at 100 Hz",
            preloads(PROFILER) | {"CPUPROFILE": str(context.tmp / "cpuprofile")},
        ),
        Variant(
            "perf record -F 100 -g",
            wrapper=[
                "perf",
                "record",
                "-q",
                "-F",
                "100",
                "-g",
                "-o",
                str(context.tmp / "perf.data"),
            ],
        ),
    ]
    tables, goals = [], []
    for threads, depth in ((1, 30), (4, 30)):
        command = [context.program("burn"), 1000, threads, depth]
        values = interleave(
            variants, context.rounds, lambda variant: numbers(run(command, variant))[-1][0]
        )
        entries = result.entries_of(variants, values)
        tables.append(
            result.table(
                "rounds of work a ms of CPU",
                entries,
                f"{threads} threads, {depth} frames deep",
                better="higher",
            )
        )
        tables.append(within_table(context, threads, depth))
        goals.append(
            result.goal(
                f"taken from {threads} threads at 100 Hz, within one program, median",
                result.median(tables[-1]["entries"][1]),
                1.0,
                "percent",
            )
        )
    return result.row("CPU capture: what the profiled threads lose", tables, goals)


# ---- Shares -------------------------------------------------------------------------------------


def pprof_cum(file, function):
    """The samples of a function and what it calls, by go tool pprof, which is not of our making."""
    text = run(
        ["go", "tool", "pprof", "-symbolize=none", "-top", "-unit=ns", "-nodefraction=0", file]
    )
    for line in text.splitlines():
        words = line.split()
        if len(words) > 5 and re.match(rf"{function}(\(|$)", words[5]):
            return float(words[3].removesuffix("ns"))
    raise RuntimeError(f"{function} is not in {file}")


def share(first, second):
    return 100 * first / (first + second)


def truth(process):
    """The victim's own account of the CPU time that each of its threads has used."""
    process.tell("stop")
    used = [float(process.child.stdout.readline().split()[1]) for _ in range(2)]
    return share(*used)


def by_holmes(context):
    clear(context.dumps)
    variant = Variant("holmes", holmes(context, **CAPTURE, HOLMES_CPU_DURATION="5s"))
    with Process([context.victims / "burn_80_20"], variant) as process:
        event = wait_event(context.dumps, "cpu")
        file = context.dumps / event["files"][0]["name"]
        return share(pprof_cum(file, "burn_80"), pprof_cum(file, "burn_20")), truth(process)


def by_perf(context):
    data = context.tmp / "perf.data"
    with Process([context.victims / "burn_80_20"], Variant("bare")) as process:
        subprocess.run(
            [
                "perf",
                "record",
                "-q",
                "-e",
                "cpu-clock",
                "-F",
                "100",
                "-o",
                data,
                "-p",
                str(process.pid),
                "--",
                "sleep",
                "5",
            ],
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        # One thread burns 80, the other 20.
        samples = collections.Counter(run(["perf", "script", "-i", data, "-F", "tid"]).split())
        (_, first), (_, second) = samples.most_common(2)
        return share(first, second), truth(process)


def shares(context):
    rounds = min(context.rounds, 5)
    ours = [by_holmes(context) for _ in range(rounds)]
    theirs = [by_perf(context) for _ in range(rounds)]
    table = result.table(
        "percent of the CPU time in the first of two threads",
        [
            result.entry("truth, beside holmes", [true for _, true in ours]),
            result.entry("holmes", [shown for shown, _ in ours]),
            result.entry("truth, beside perf", [true for _, true in theirs]),
            result.entry("perf record", [shown for shown, _ in theirs]),
        ],
    )
    errors = sorted(abs(shown - true) for shown, true in ours)
    apart = abs(result.median(table["entries"][1]) - result.median(table["entries"][3]))
    goals = [
        result.goal("holmes off the truth, worst of rounds", errors[-1], 2, "points"),
        result.goal("holmes off perf record, medians", apart, 2, "points"),
    ]
    return result.row("CPU capture: shares of two threads that burn 80 to 20", [table], goals)


ROWS = {"cpu-overhead": overhead, "cpu-shares": shares}
