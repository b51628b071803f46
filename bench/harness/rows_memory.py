"""Memory: of a quiet process, of one with much live memory and many stacks, and for a heap dump."""

import datetime
import os
import time

from . import result
from .measure import interleave
from .process import Process, clear, wait_event, wait_for
from .variants import Variant, glibc_pair, holmes

# 1 GiB live, and 131 072 ways down.
LIVE = (65_536, 16_384)
DEPTH, STACKS = 17, 131_072
# By default sampling, enough allocation for about 100 000 sampled stacks: a block of 512 KiB is sampled
# with 63 %, so each of the ways once on average, some not and some twice.
PASSING = (195_000, 524_288)
# The same number of samples alive at once: a hundred times as many as the default would take.
DENSE = (131_072, 8_192)
DENSE_SAMPLE = "5690"
RULES_OFF = {f"HOLMES_{kind}": "0" for kind in ("CPU", "MEM", "HEAP", "THREAD")}


def quiet(context):
    def measure(variant):
        with Process([context.program("holder"), 1, 16, 1, 1], variant) as process:
            if "HOLMES_DUMP_PATH" in variant.environment:
                process.monitor()
                time.sleep(1.0)  # ten readings and more, for which there is nothing to wait
            return process.rss_kib()
    variants = glibc_pair(context)
    variants[2].environment["HOLMES_COLLECT_INTERVAL"] = "50ms"
    values = interleave(variants, context.rounds, measure)
    entries = result.entries_of(variants, values)
    added = result.median(entries[2]) - result.median(entries[0])
    return result.row("RSS of a quiet process", [result.table("KiB", entries)],
                      [result.goal("added, median", added, 2048, "KiB")])


def live_arguments(context, dense):
    blocks = DENSE if dense else LIVE
    passing = [] if dense else PASSING
    return [context.program("holder"), *blocks, DEPTH, STACKS, *passing]


def live_variants(context, dense):
    variants = glibc_pair(context)
    variants[2].environment.update(RULES_OFF)
    if dense:
        variants[2].environment["HOLMES_HEAP_SAMPLE"] = DENSE_SAMPLE
    return variants


def live(title, dense, limit):
    def make(context):
        def measure(variant):
            with Process(live_arguments(context, dense), variant) as process:
                return process.rss_kib()
        variants = live_variants(context, dense)
        values = interleave(variants, min(context.rounds, 5), measure)
        entries = result.entries_of(variants, values)
        added = result.median(entries[2]) - result.median(entries[0])
        return result.row(title, [result.table("KiB", entries)],
                          [result.goal("added, median", added, limit, "KiB")] if limit else [])
    return make


# ---- The dump -------------------------------------------------------------------------------------
# Burst and spike are over before the first reading, which finds the spike: at a reading within the burst
# holmes would begin to sample less.
INTERVAL = 4.0


def dump_variant(context, dense, symbolize):
    settings = RULES_OFF | {"HOLMES_MEM": "1", "HOLMES_MEM_DIFF": "0", "HOLMES_MEM_ABS": "50",
                            "HOLMES_MEMORY_LIMIT": "4G", "HOLMES_COLLECT_INTERVAL": f"{INTERVAL:.0f}s",
                            "HOLMES_WARMUP": "1", "HOLMES_SYMBOLIZE": symbolize}
    if dense:
        settings["HOLMES_HEAP_SAMPLE"] = DENSE_SAMPLE
    return Variant("holmes", holmes(context, **settings))


def decided(manifest):
    moment = datetime.datetime.strptime(manifest["time"], "%Y-%m-%dT%H:%M:%S.%fZ")
    return moment.replace(tzinfo=datetime.timezone.utc).timestamp()


class Watcher:
    """Looks at the folder and at the process's memory without a pause until the event is there."""

    def __init__(self, process, folder, before):
        self.process, self.folder, self.before = process, folder, before
        self.raw_at, self.mapped, self.resident = None, 0, 0

    def look(self):
        names = os.listdir(self.folder)
        if self.raw_at is None and any(".heap.pb.gz" in name and not name.endswith(".part") for name in names):
            self.raw_at = time.time()
        mapped, resident = self.process.statm_kib()
        self.mapped = max(self.mapped, mapped - self.before[0])
        self.resident = max(self.resident, resident - self.before[1])
        return any(name.endswith("-mem.json") for name in names)


def dump_once(context, dense, symbolize):
    clear(context.dumps)
    start = time.monotonic()
    with Process(live_arguments(context, dense), dump_variant(context, dense, symbolize)) as process:
        process.ask("touch 1500")
        if time.monotonic() - start > INTERVAL - 0.2:
            raise RuntimeError("the machine is too busy: the first reading came into the burst")
        time.sleep(0.05)  # the kernel's count of pages follows a moment later
        watcher = Watcher(process, context.dumps, process.statm_kib())
        wait_for(watcher.look, "the event", pause=0)
        return wait_event(context.dumps, "mem"), watcher


def dump_entries(raw, named):
    return [
        result.entry("ms until the last sample", [one["capture_us"] / 1000 for one, _ in raw]),
        result.entry("ms until the raw file is in place",
                     [1000 * (watcher.raw_at - decided(one)) for one, watcher in raw]),
        result.entry("ms until the event is complete, without names", [one["write_us"] / 1000 for one, _ in raw]),
        result.entry("ms until the event is complete, with names", [one["write_us"] / 1000 for one, _ in named]),
        result.entry("KiB mapped meanwhile", [watcher.mapped for _, watcher in raw]),
        result.entry("KiB resident meanwhile", [watcher.resident for _, watcher in raw]),
        result.entry("us, longest pause of a host thread", [one["max_pause_us"] for one, _ in raw])]


def dump_goals(entries):
    at = {one["label"]: result.median(one) for one in entries}
    return [
        result.goal("until the raw file is in place, median", at["ms until the raw file is in place"], 200, "ms"),
        result.goal("mapped for it, median", at["KiB mapped meanwhile"], 4096, "KiB"),
        result.goal("pause of a host thread, median", at["us, longest pause of a host thread"], 100, "us")]


def dump(title, dense):
    def make(context):
        rounds = min(context.rounds, 5)
        raw = [dump_once(context, dense, "off") for _ in range(rounds)]
        named = [dump_once(context, dense, "auto") for _ in range(rounds)]
        entries = dump_entries(raw, named)
        files = raw[-1][0]["files"][0]
        note = (f"{files['samples']} stacks in the profile, {files['bytes']} bytes of raw file, "
                f"{files['dropped']} dropped")
        return result.row(title, [result.table("units of their own", entries)], dump_goals(entries), [note])
    return make


ROWS = {
    "rss-quiet": quiet,
    "rss-live": live("RSS with 1 GiB live and 100 000 stacks, default sampling", False, 16_384),
    "rss-dense": live("RSS with 1 GiB live in 100 000 samples on as many stacks", True, None),
    "dump": dump("heap dump: 1 GiB live and 100 000 stacks, default sampling", False),
    "dump-dense": dump("heap dump: 1 GiB live in 100 000 samples on as many stacks", True),
}
