"""CPU time of finished and of running processes."""

import os
import resource
import subprocess
import time
from pathlib import Path

from .context import clean_environment

TICKS = os.sysconf("SC_CLK_TCK")


def timed(command, variant, **options):
    """(CPU seconds, wall seconds) of a command and all its children."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    subprocess.run(
        [str(part) for part in command],
        env=clean_environment() | variant.environment,
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        timeout=300,
        **options,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return cpu, time.monotonic() - start


def family(pid):
    found = [pid]
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            found += family(int(child))
    return found


def cpu_seconds(pid):
    """Of all threads of the process and of its living children, to the nanosecond."""
    total = 0
    for one in family(pid):
        for task in Path(f"/proc/{one}/task").iterdir():
            total += int((task / "schedstat").read_text().split()[0])
    return total / 1e9
