"""Running a program in turn under all variants, and counting its instructions."""

import re
import subprocess

from .context import clean_environment
from .variants import counting


def run(command, variant=None, timeout=300, **options):
    environment = clean_environment() | (variant.environment if variant else {})
    command = variant.command(command) if variant else command
    done = subprocess.run(
        [str(part) for part in command],
        env=environment,
        timeout=timeout,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )
    if done.returncode != 0:
        raise RuntimeError(
            f"{' '.join(map(str, command))} ended with {done.returncode}: " f"{done.stderr[-400:]}"
        )
    return done.stdout


def numbers(text):
    """The lines that hold numbers alone: wrappers like heaptrack talk in between."""
    lines = [line.split() for line in text.splitlines()]
    return [
        [float(word) for word in line]
        for line in lines
        if line and all(re.fullmatch(r"-?[0-9.]+(e[+-]?[0-9]+)?", word) for word in line)
    ]


def interleave(variants, rounds, measure):
    """{variant: values}: each round runs every variant once, every other round in reverse, so that
    neither a slow drift of the machine nor the neighbour in the round favours anybody."""
    found = {variant.name: [] for variant in variants}
    for number in range(rounds):
        for variant in variants if number % 2 == 0 else reversed(variants):
            found[variant.name].append(measure(variant))
    return found


def instructions(context, command, variant, **options):
    """Instructions that the whole program executes, all of its threads included."""
    out = context.tmp / "callgrind.out"
    tool = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}"]
    environment = clean_environment() | counting(variant)
    done = subprocess.run(
        [*tool, *map(str, command)],
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        timeout=300,
        **options,
    )
    collected = re.search(r"Collected : (\d+)", done.stderr)
    if done.returncode != 0 or collected is None:
        raise RuntimeError(f"callgrind failed: {done.stderr[-400:]}")
    return int(collected.group(1))
