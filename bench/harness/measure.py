"""Running a program in turn under all variants, and counting its instructions."""

import random
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
    """{variant: values}: each round runs every variant once, in an order of its own, so that neither a
    slow drift of the machine nor what ran just before favours anybody."""
    found = {variant.name: [] for variant in variants}
    for number in range(rounds):
        order = list(variants)
        random.Random(number).shuffle(order)
        for variant in order:
            found[variant.name].append(measure(variant))
    return found


def instructions(context, command, variant, **options):
    """Instructions that the whole program executes, all of its threads included."""
    return counts(context, command, variant, **options)[0]


def counts(context, command, variant, **options):
    """What callgrind counts: see counts_in."""
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
    if done.returncode != 0:
        raise RuntimeError(f"callgrind failed: {done.stderr[-400:]}")
    return counts_in(out)


def counts_in(out):
    """(instructions of the whole program, those of them in libholmes.so) of a callgrind.out."""
    total, own, objects = 0, 0, {}
    here, is_inclusive = "", False
    for line in out.read_text().splitlines():
        named = re.match(r"(c?ob)=\((\d+)\)(?: (.*))?", line)
        if named:
            kind, number, name = named.groups()
            objects.setdefault(number, name)
            here = objects[number] if kind == "ob" else here
        elif line.startswith("calls="):
            is_inclusive = True  # the next line: what the called function costs
        elif re.match(r"[0-9+*-]", line):
            if not is_inclusive and "libholmes.so" in here:
                own += int(line.split()[1])
            is_inclusive = False
        elif line.startswith(("summary:", "totals:")):
            total = int(line.split()[1])
    return total, own
