"""Making a program dump itself once, and watching what that takes."""

import datetime
import os
import time
from dataclasses import dataclass

from .process import Process, clear, wait_event, wait_for
from .variants import Variant, holmes

RULES_OFF = {f"HOLMES_{kind}": "0" for kind in ("CPU", "MEM", "HEAP", "THREAD")}
# The burst is over before the first reading, which finds the spike: at a reading within the burst
# holmes would begin to sample less.
INTERVAL = "4s"


@dataclass
class Dump:
    """ms count from the decision; KiB from just before it."""

    manifest: dict
    raw_ms: float
    mapped_kib: int
    resident_kib: int

    @property
    def capture_ms(self):
        return self.manifest["capture_us"] / 1000

    @property
    def complete_ms(self):
        return self.manifest["write_us"] / 1000

    @property
    def pause_us(self):
        return self.manifest["max_pause_us"]

    @property
    def file(self):
        return self.manifest["files"][0]


def decided(manifest):
    moment = datetime.datetime.strptime(manifest["time"], "%Y-%m-%dT%H:%M:%S.%fZ")
    return moment.replace(tzinfo=datetime.timezone.utc).timestamp()


class Watcher:
    """Looks at the folder and at the process's memory without a pause until the event is there."""

    def __init__(self, process, folder, kind):
        self.process, self.folder, self.end = process, folder, f"-{kind}.json"
        self.before = process.statm_kib()
        self.raw_at, self.mapped, self.resident = None, 0, 0

    def look(self):
        names = os.listdir(self.folder)
        if self.raw_at is None and any(
            ".pb.gz" in name and not name.endswith(".part") for name in names
        ):
            self.raw_at = time.time()
        mapped, resident = self.process.statm_kib()
        self.mapped = max(self.mapped, mapped - self.before[0])
        self.resident = max(self.resident, resident - self.before[1])
        return any(name.endswith(self.end) for name in names)


def heap_rule(context, live_bytes, **settings):
    """A heap dump of a program that holds so many bytes."""
    rule = {
        "HOLMES_HEAP": "1",
        "HOLMES_HEAP_DIFF": "0",
        "HOLMES_HEAP_ABS": "50",
        "HOLMES_MEMORY_LIMIT": str(live_bytes),
    }
    return rules(context, **rule, **settings)


def thread_rule(context, threads, **settings):
    return rules(
        context,
        HOLMES_THREAD="1",
        HOLMES_THREAD_DIFF="0",
        HOLMES_THREAD_ABS=str(threads),
        HOLMES_THREAD_MIN="0",
        **settings,
    )


def rules(context, **settings):
    common = {"HOLMES_COLLECT_INTERVAL": INTERVAL, "HOLMES_WARMUP": "1", "HOLMES_SYMBOLIZE": "off"}
    return Variant("holmes", holmes(context, **(RULES_OFF | common | settings)))


def dump_once(context, command, variant, kind, orders=()):
    """`orders`: lines for the program after which the rule is met."""
    clear(context.dumps)
    start = time.monotonic()
    with Process(command, variant) as process:
        for order in orders:
            process.ask(order)
        time.sleep(0.05)  # the kernel's count of pages follows a moment later
        if (
            time.monotonic() - start
            > float(variant.environment["HOLMES_COLLECT_INTERVAL"][:-1]) - 0.1
        ):
            raise RuntimeError("the machine is too busy: the first reading came into the burst")
        watcher = Watcher(process, context.dumps, kind)
        wait_for(watcher.look, "the event", pause=0)
        manifest = wait_event(context.dumps, kind)
        return Dump(
            manifest, 1000 * (watcher.raw_at - decided(manifest)), watcher.mapped, watcher.resident
        )
