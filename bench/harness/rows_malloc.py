"""The malloc path: what a pair of allocation and release costs, in ns and in instructions."""

from . import result
from .measure import instructions, interleave, numbers, run
from .variants import Variant, allocators, floor, peers

PAIRS = 1_000_000
# Slow modes and slow peers get less; each value is the best of its repeats. Not so aligned_alloc:
# glibc needs ever longer for it while its heap fragments, and in a short run chance decides how.
SLOW_MODES = {"calloc": 2, "realloc": 2, "remote": 2}
REPEATS = 3
LIMITS = {"bare": (0.8, 8), "jemalloc": (1.5, 14), "tcmalloc": (1.5, 14)}


def command(context, mode, threads, pairs, repeats, depth):
    return [context.program("pairs"), mode, threads, pairs, repeats, depth]


def measure_ns(context, mode, threads, depth):
    def measure(variant):
        pairs = PAIRS // SLOW_MODES.get(mode, 1) // threads
        if variant.slow:
            pairs //= 20
        pairs = max(pairs, 20_000)
        out = run(command(context, mode, threads, pairs, REPEATS, depth), variant)
        return min(line[0] for line in numbers(out))

    return measure


def per_pair(context, variant, mode, depth, pairs):
    """The difference between two lengths: start-up and end cancel."""
    few, many = (
        instructions(context, command(context, mode, 1, count, 1, depth), variant)
        for count in (pairs, 5 * pairs)
    )
    return (many - few) / (4 * pairs)


def count_instructions(context, entries, variants, mode, depth):
    """With sampling as it is by default, and with sampling off: the path of every block alone."""
    pairs = 50_000 if context.quick else 400_000 // SLOW_MODES.get(mode, 1)
    counted = {}
    for variant in variants:
        if variant.slow or variant.wrapper or variant.name == "bare again":
            continue
        counted[variant.name] = per_pair(context, variant, mode, depth, pairs)
        one = result.find(entries, variant.name)
        one["instructions"] = round(counted[variant.name], 2)
        if variant.base in counted and variant.name != variant.base:
            one["instructions_added"] = round(counted[variant.name] - counted[variant.base], 2)
        if "holmes" not in variant.name:
            continue
        off = Variant(variant.name, variant.environment | {"HOLMES_HEAP_SAMPLE": "0"})
        alone = per_pair(context, off, mode, depth, 20_000)
        bare = next(v for v in variants if v.name == variant.base)
        one["instructions_fast"] = round(alone - per_pair(context, bare, mode, depth, 20_000), 2)


def goals_of(entries, variants):
    found = []
    for variant in variants:
        if "holmes" not in variant.name or variant.base not in LIMITS:
            continue
        one = result.find(entries, variant.name)
        ns, count = LIMITS[variant.base]
        where = "glibc" if variant.base == "bare" else variant.base
        found.append(
            result.goal(f"added on {where}, best of rounds", result.added(entries, one), ns, "ns")
        )
        if "instructions_added" in one:
            found.append(
                result.goal(
                    f"added on {where}, sampling included",
                    one["instructions_added"],
                    count,
                    "instructions",
                )
            )
    return found


def pairs_row(title, mode, threads=1, depth=0, variants=allocators, count=True):
    def make(context):
        chosen = variants(context)
        values = interleave(chosen, context.rounds, measure_ns(context, mode, threads, depth))
        entries = result.entries_of(chosen, values)
        if count:
            count_instructions(context, entries, chosen, mode, depth)
        return result.row(
            title, [result.table("ns of CPU a pair", entries)], goals_of(entries, chosen)
        )

    return make


def with_peers(context):
    return [*allocators(context), *floor(context), *peers(context)]


ROWS = {
    "malloc": pairs_row("malloc + free, one thread", "malloc", variants=with_peers),
    "malloc-2-threads": pairs_row("malloc + free, 2 threads", "malloc", threads=2, count=False),
    "malloc-8-threads": pairs_row("malloc + free, 8 threads", "malloc", threads=8, count=False),
    "malloc-remote": pairs_row("malloc, freed by another thread", "remote", count=False),
    "malloc-deep": pairs_row("malloc + free, 30 frames deep", "malloc", depth=30),
    "realloc": pairs_row("realloc", "realloc"),
    "calloc": pairs_row("calloc + free", "calloc"),
    "aligned_alloc": pairs_row("aligned_alloc + free", "aligned_alloc"),
    "new": pairs_row("operator new + sized operator delete", "new"),
}
