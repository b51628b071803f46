"""Where the numbers were taken."""

import os
import platform
import subprocess
import time
from pathlib import Path

from .context import SOURCE


def cpu_model():
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.machine()


def git(*arguments):
    done = subprocess.run(["git", "-C", str(SOURCE), *arguments], text=True, capture_output=True)
    return done.stdout.strip() if done.returncode == 0 else ""


def commit():
    """With a + where what is measured differs from it."""
    changed = git("status", "--porcelain", "--", "src", "preload", "CMakeLists.txt")
    return git("rev-parse", "--short", "HEAD") + ("+" if changed else "")


def describe():
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return {
        "cpu": cpu_model(),
        "cores": os.cpu_count(),
        "memory_gib": round(memory / 2**30, 1),
        "kernel": platform.release(),
        "libc": " ".join(platform.libc_ver()),
    }


def stamp():
    return {
        "commit": commit(),
        "date": time.strftime("%Y-%m-%d", time.gmtime()),
        "load": round(os.getloadavg()[0], 1),
    }
