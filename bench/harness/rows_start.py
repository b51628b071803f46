"""Short programs: what the preload adds to each start, fork and exec."""

import statistics

from . import result
from .measure import interleave, run
from .variants import JEMALLOC, PROFILER, Variant, glibc_pair, preloads

FORKS = "i=0; while [ $i -lt 1000 ]; do (:); i=$((i+1)); done"
EXECS = "i=0; while [ $i -lt 200 ]; do /bin/true; i=$((i+1)); done"


def settings(variant):
    return ",".join(f"{name}={value}" for name, value in variant.environment.items())


def spawn(context, variants, runs, command):
    out = run([context.program("spawn"), runs, *map(settings, variants), "--", *command])
    return {
        variant.name: [float(word) for word in line.split()]
        for variant, line in zip(variants, out.splitlines())
    }


def medians_of_rounds(context, variants, runs, command):
    """A value is the median of one round's runs."""
    values = {variant.name: [] for variant in variants}
    for _ in range(context.rounds):
        for name, times in spawn(context, variants, runs, command).items():
            values[name].append(statistics.median(times))
    return values


def row_of(title, variants, values, what, limit_us):
    entries = result.entries_of(variants, values)
    added = result.added(entries, result.find(entries, "holmes"))
    return result.row(
        title,
        [result.table("us of wall time", entries)],
        [result.goal(what, added, limit_us, "us")],
    )


def start_row(title, program, limit_us, peers):
    def make(context):
        variants = glibc_pair(context)
        if peers:
            variants += [
                Variant("libprofiler", preloads(PROFILER)),
                Variant("jemalloc", preloads(JEMALLOC)),
            ]
        command = [context.program(program) if program == "nothing_static" else program]
        values = medians_of_rounds(context, variants, 40, command)
        return row_of(title, variants, values, "added to one start, best of rounds", limit_us)

    return make


def script_row(title, script, count, limit_us):
    def make(context):
        variants = glibc_pair(context)
        values = interleave(
            variants,
            context.rounds,
            lambda variant: spawn(context, [variant], 1, ["sh", "-c", script])[variant.name][0]
            / count,
        )
        return row_of(title, variants, values, "added each, best of rounds", limit_us)

    return make


ROWS = {
    "true": start_row("/bin/true", "/bin/true", 500, peers=True),
    "true-static": start_row("a static program", "nothing_static", 20, peers=False),
    "forks": script_row("a shell that forks 1000 times, each", FORKS, 1000, 500),
    "execs": script_row("a shell that starts /bin/true 200 times, each", EXECS, 200, 500),
}
