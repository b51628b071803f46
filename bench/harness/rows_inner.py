"""What happens inside of functions, by Google Benchmark."""

import json

from . import result
from .measure import run
from .variants import Variant

# Names contain one of these; the rest of a name is whose it is, and its argument.
SUBJECTS = {
    "walk": "a walk of the stack, warm",
    "known_stack": "finding a stack of 20 frames that was met before, by how many take turns",
    "record_and_forget": "a sampled block that comes and goes, by how many others live",
    "look_before_free": "free's look at the filter, by how many samples live",
    "weight": "the weight of a sample",
    "gap": "the distance to the next one",
    "thread_dump": "the stacks of waiting threads, by their number",
}


def nanoseconds(one):
    """Of CPU, unless other threads do a part of the work."""
    time = one["real_time" if "real_time" in one["run_name"] else "cpu_time"]
    return time * {"ns": 1, "us": 1e3, "ms": 1e6}[one["time_unit"]]


def measure(context):
    command = [
        context.program("inner"),
        "--benchmark_format=json",
        f"--benchmark_repetitions={context.rounds}",
        "--benchmark_min_time=0.05",
    ]
    values = {}
    for one in json.loads(run(command, Variant("bare")))["benchmarks"]:
        if one["run_type"] == "iteration":
            values.setdefault(one["run_name"], []).append(nanoseconds(one))
    return values


def functions(context):
    values = measure(context)
    tables = [
        result.table(
            "ns", [result.entry(name, all_rounds) for name, all_rounds in found.items()], title
        )
        for subject, title in SUBJECTS.items()
        if (found := {name: each for name, each in values.items() if subject in name})
    ]
    return result.row("Inside of functions", tables)


ROWS = {"inner": functions}
