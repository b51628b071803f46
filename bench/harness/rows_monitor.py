"""The monitor of an idle host: CPU time, wake-ups and system calls per reading."""

import re
import subprocess
import time

from . import result
from .process import Process
from .variants import Variant, holmes

# Interval and how long to watch it: at least three readings.
INTERVALS = {"5s": (5.0, 20.0), "1s": (1.0, 12.0), "100ms": (0.1, 8.0)}


def schedule(task):
    """(ns on the CPU, times it was put on it)"""
    on_cpu, _, times = (task / "schedstat").read_text().split()
    return int(on_cpu), int(times)


def system_calls(task, seconds):
    done = subprocess.run(
        ["timeout", "-s", "INT", str(seconds), "strace", "-c", "-p", task.name],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        timeout=60,
    )
    total = re.search(r"^100\.00\s+\S+\s+\S+\s+(\d+).*total$", done.stderr, re.MULTILINE)
    return int(total.group(1)) if total else None


def watch(context, interval):
    period, seconds = INTERVALS[interval]
    if context.quick:
        seconds = max(seconds / 2, 2 * period)
    variant = Variant("holmes", holmes(context, HOLMES_COLLECT_INTERVAL=interval))
    with Process([context.program("holder"), 1, 16, 1, 1], variant) as process:
        task = process.monitor()
        time.sleep(1.5 * period)  # past the first reading, which has more to find out
        before = schedule(task)
        time.sleep(seconds)
        after = schedule(task)
        readings = seconds / period
        calls = system_calls(task, 10 * period) if period <= 1 else None
    return {
        "us": (after[0] - before[0]) / readings / 1000,
        "wakeups": (after[1] - before[1]) / readings,
        "share": 100 * (after[0] - before[0]) / (seconds * 1e9),
        "calls": calls / 10 if calls else None,
    }


def idle(context):
    found = {interval: watch(context, interval) for interval in INTERVALS}
    table = result.table(
        "units of their own",
        [
            *(
                result.entry(f"us of CPU a reading, every {one}", [found[one]["us"]])
                for one in found
            ),
            *(
                result.entry(f"times awake a reading, every {one}", [found[one]["wakeups"]])
                for one in found
            ),
            *(
                result.entry(f"percent of a core, every {one}", [found[one]["share"]])
                for one in found
            ),
            *(
                result.entry(f"system calls a reading, every {one}", [found[one]["calls"]])
                for one in found
                if found[one]["calls"] is not None
            ),
        ],
    )
    goals = [
        result.goal("CPU every 5 s", found["5s"]["share"], 0.01, "percent of a core"),
        result.goal("times awake a reading, every 5 s", found["5s"]["wakeups"], 1.0, "times"),
    ]
    return result.row("the monitor of an idle host", [table], goals)


ROWS = {"idle": idle}
