"""Memory: of a quiet process, of one with much live memory and many stacks, and for a heap dump."""

import re
import subprocess
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


def parts_of(pid):
    """Resident KiB by what it belongs to: the library's own parts, and everything anonymous."""
    sums, name = {}, ""
    with open(f"/proc/{pid}/smaps", encoding="ascii") as smaps:
        for line in smaps:
            words = line.split()
            if re.match(r"[0-9a-f]+-[0-9a-f]+ ", line):
                name = words[5].rsplit("/", 1)[-1] if len(words) > 5 else "anonymous"
            elif line.startswith("Rss:"):
                sums[name] = sums.get(name, 0) + int(words[1])
    return sums


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

def dump_variant(context, dense, symbolize):
    settings = RULES_OFF | {"HOLMES_MEM": "1", "HOLMES_MEM_DIFF": "0", "HOLMES_MEM_ABS": "50",
                            "HOLMES_MEMORY_LIMIT": "4G", "HOLMES_COLLECT_INTERVAL": "20ms",
                            "HOLMES_WARMUP": "1", "HOLMES_SYMBOLIZE": symbolize}
    if dense:
        settings["HOLMES_HEAP_SAMPLE"] = DENSE_SAMPLE
    return Variant("holmes", holmes(context, **settings))


def dump_once(context, dense, symbolize):
    """(manifest, KiB mapped and KiB resident above the state before the dump)."""
    clear(context.dumps)
    with Process(live_arguments(context, dense), dump_variant(context, dense, symbolize)) as process:
        process.ask("touch 1800")
        before = process.statm_kib()
        peak = [0, 0]

        def look():
            now = process.statm_kib()
            for which in (0, 1):
                peak[which] = max(peak[which], now[which] - before[which])
            return list(context.dumps.glob("*-mem.json"))
        process.tell("touch 400")
        process.expect("DONE")
        before = process.statm_kib()
        wait_for(look, "the event", pause=0)
        return wait_event(context.dumps, "mem"), peak


def dump(title, dense):
    def make(context):
        rounds = min(context.rounds, 5)
        raw = [dump_once(context, dense, "off") for _ in range(rounds)]
        named = [dump_once(context, dense, "auto") for _ in range(rounds)]
        files = raw[-1][0]["files"][0]
        table = result.table("ms, KiB or us", [
            result.entry("ms until the raw file is in place", [one["write_us"] / 1000 for one, _ in raw]),
            result.entry("ms until the last sample", [one["capture_us"] / 1000 for one, _ in raw]),
            result.entry("ms until the named file is in place",
                         [one["write_us"] / 1000 for one, _ in named]),
            result.entry("KiB mapped meanwhile", [peak[0] for _, peak in raw]),
            result.entry("KiB resident meanwhile", [peak[1] for _, peak in raw]),
            result.entry("longest pause of a host thread, us", [one["max_pause_us"] for one, _ in raw])])
        at = {one["label"]: result.median(one) for one in table["entries"]}
        goals = [
            result.goal("until the raw file is in place, median", at["ms until the raw file is in place"],
                        200, "ms"),
            result.goal("allocated for it, median", at["KiB mapped meanwhile"], 4096, "KiB"),
            result.goal("pause, median", at["longest pause of a host thread, us"], 100, "us")]
        note = f"{files['samples']} stacks in the profile, {files['bytes']} bytes of raw file, {files['dropped']} dropped"
        return result.row(title, [table], goals, [note])
    return make


ROWS = {
    "rss-quiet": quiet,
    "rss-live": live("RSS with 1 GiB live and 100 000 stacks, default sampling", False, 16_384),
    "rss-dense": live("RSS with 1 GiB live in 100 000 samples on as many stacks", True, None),
    "dump": dump("heap dump: 1 GiB live and 100 000 stacks, default sampling", False),
    "dump-dense": dump("heap dump: 1 GiB live in 100 000 samples on as many stacks", True),
}
