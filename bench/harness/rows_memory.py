"""Memory: of a quiet process, of one with much live memory and many stacks, and for a heap dump."""

import time

from . import result
from .dumping import RULES_OFF, dump_once, heap_rule
from .measure import interleave
from .process import Process
from .variants import glibc_pair

# 1 GiB live, and 131 072 ways down.
LIVE = (65_536, 16_384)
DEPTH, STACKS = 17, 131_072
# Enough allocation for about 100 000 sampled stacks by default: a block of 512 KiB is sampled with
# 63 %, so each of the ways once on average, some not and some twice.
PASSING = (195_000, 524_288)
# The same number of samples alive at once: a hundred times as many as the default would take.
DENSE = (131_072, 8_192)
DENSE_SAMPLE = "5690"


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
    return result.row(
        "RSS of a quiet process",
        [result.table("KiB", entries)],
        [result.goal("added, median", added, 2048, "KiB")],
    )


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
        return result.row(
            title,
            [result.table("KiB", entries)],
            [result.goal("added, median", added, limit, "KiB")] if limit else [],
        )

    return make


# ---- The dump -------------------------------------------------------------------------------


def dump_entries(raw, named):
    return [
        result.entry("ms until the last sample", [one.capture_ms for one in raw]),
        result.entry("ms until the raw file is in place", [one.raw_ms for one in raw]),
        result.entry(
            "ms until the event is complete, without names", [one.complete_ms for one in raw]
        ),
        result.entry(
            "ms until the event is complete, with names", [one.complete_ms for one in named]
        ),
        result.entry("KiB mapped meanwhile", [one.mapped_kib for one in raw]),
        result.entry("KiB resident meanwhile", [one.resident_kib for one in raw]),
        result.entry("us, longest pause of a host thread", [one.pause_us for one in raw]),
    ]


def dump_goals(entries):
    at = {one["label"]: result.median(one) for one in entries}
    return [
        result.goal(
            "until the raw file is in place, median",
            at["ms until the raw file is in place"],
            200,
            "ms",
        ),
        result.goal("mapped for it, median", at["KiB mapped meanwhile"], 4096, "KiB"),
        result.goal(
            "pause of a host thread, median", at["us, longest pause of a host thread"], 100, "us"
        ),
    ]


def dump(title, dense):
    sample = {"HOLMES_HEAP_SAMPLE": DENSE_SAMPLE} if dense else {}

    def make(context):
        def several(symbolize):
            variant = heap_rule(context, 2**30, HOLMES_SYMBOLIZE=symbolize, **sample)
            return [
                dump_once(context, live_arguments(context, dense), variant, "heap")
                for _ in range(min(context.rounds, 5))
            ]

        raw, named = several("off"), several("auto")
        entries, file = dump_entries(raw, named), raw[-1].file
        note = (
            f"{file['samples']} stacks in the profile, {file['bytes']} bytes of raw file, "
            f"{file['dropped']} dropped"
        )
        return result.row(
            title, [result.table("units of their own", entries)], dump_goals(entries), [note]
        )

    return make


ROWS = {
    "rss-quiet": quiet,
    "rss-live": live("RSS with 1 GiB live and 100 000 stacks, default sampling", False, 16_384),
    "rss-dense": live("RSS with 1 GiB live in 100 000 samples on as many stacks", True, None),
    "dump": dump("heap dump: 1 GiB live and 100 000 stacks, default sampling", False),
    "dump-dense": dump("heap dump: 1 GiB live in 100 000 samples on as many stacks", True),
}
