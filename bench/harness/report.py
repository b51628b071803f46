"""results.json (the values of every round) and what is made of it: the table, results.md."""

import json
from pathlib import Path

from . import machine, reasons, result
from .context import SOURCE

FOLDER = SOURCE / "bench"
STORE = FOLDER / "results.json"


def load(store=STORE):
    return json.loads(store.read_text()) if store.exists() else {"machine": {}, "rows": {}}


def save(results, store=STORE):
    rows = ",\n".join(
        f"  {json.dumps(name)}: {json.dumps(one)}" for name, one in results["rows"].items()
    )
    store.write_text(f'{{"machine": {json.dumps(results["machine"])},\n "rows": {{\n{rows}\n}}}}\n')


def put(results, name, row, order):
    """Replaces this row alone; the rows keep the order in which bench/run lists them."""
    results["machine"] = machine.describe()
    results["rows"][name] = row | machine.stamp()
    known = [one for one in order if one in results["rows"]]
    results["rows"] = {one: results["rows"][one] for one in known}


def number(value):
    if value is None:
        return ""
    if value == int(value) and abs(value) < 1e15:
        return f"{int(value)}"
    return f"{value:.{3 if abs(value) < 0.1 else 2 if abs(value) < 100 else 0}f}"


def signed(value):
    return "" if value is None else ("+" if value >= 0 else "") + number(value)


COLUMNS = ("", "best", "median", "added (best)", "ratio (best)", "ratio (median)", "instructions")


def entry_cells(table, one):
    entries, better = table["entries"], table["better"]
    ratios = result.ratios(entries, one, better)
    counted = number(one.get("instructions"))
    if "instructions_added" in one:
        counted += f" ({signed(one['instructions_added'])})"
    if "instructions_fast" in one:
        counted += f", {signed(one['instructions_fast'])} with sampling off"
    label = one["label"] + (
        f" (against {one['base']})" if one["base"] not in (None, "bare") else ""
    )
    return (
        label,
        number(result.best(one, better)),
        number(result.median(one)),
        signed(result.added(entries, one, better)),
        f"{ratios[0]:.3f}" if ratios else "",
        f"{ratios[1]:.3f}" if ratios else "",
        counted,
    )


def used_columns(rows):
    return [at for at in range(len(COLUMNS)) if at == 0 or any(cells[at] for cells in rows)]


def goal_line(one):
    state = "met" if one["met"] else "NOT met"
    measured, limit = number(one["value"]), number(one["limit"])
    return f"{state}: {one['what']}: {measured} {one['unit']} (goal: {limit})"


def table_title(table):
    title = f"{table['title']}, " if table["title"] else ""
    return f"{title}in {table['unit']}, {table['better']} is better"


def terminal_table(table):
    rows = [COLUMNS, *(entry_cells(table, one) for one in table["entries"])]
    used = used_columns(rows[1:])
    widths = {at: max(len(cells[at]) for cells in rows) for at in used}
    return [f"  [{table_title(table)}]"] + [
        "  "
        + "  ".join(
            cells[at].ljust(widths[at]) if at == 0 else cells[at].rjust(widths[at]) for at in used
        )
        for cells in rows
    ]


def terminal(name, row):
    lines = [f"== {name}: {row['title']}"]
    for table in row["tables"]:
        lines += terminal_table(table)
    lines += ["  " + goal_line(one) for one in row["goals"]]
    lines += ["  " + note for note in row["notes"]]
    return "\n".join(lines)


def markdown_table(table):
    rows = [entry_cells(table, one) for one in table["entries"]]
    used = used_columns(rows)
    return [
        "",
        f"*{table_title(table)}*",
        "",
        "| " + " | ".join(COLUMNS[at] for at in used) + " |",
        "|" + "|".join("---" if at == 0 else "---:" for at in used) + "|",
        *("| " + " | ".join(cells[at] for at in used) + " |" for cells in rows),
    ]


def markdown_row(name, row):
    lines = [
        f"### {row['title']}",
        "",
        f"`bench/run {name}`, commit {row['commit']}, load of the machine {row['load']}",
    ]
    for table in row["tables"]:
        lines += markdown_table(table)
    lines += (
        [""]
        + [f"- {goal_line(one)}" for one in row["goals"]]
        + [f"- {note}" for note in row["notes"]]
    )
    return "\n".join(lines).rstrip()


def goals_table(results):
    lines = ["| row | goal | measured | limit | |", "|---|---|---:|---:|---|"]
    notes = []
    for name, row in results["rows"].items():
        for one in row["goals"]:
            state = "met"
            if not one["met"]:
                why = reasons.why(name, one["what"])
                if why not in notes:
                    notes.append(why)
                state = f"**not met** ({notes.index(why) + 1})"
            lines.append(
                f"| {name} | {one['what']} | {number(one['value'])} {one['unit']} | "
                f"{number(one['limit'])} | {state} |"
            )
    lines += [""] + [f"{at}. {why}" for at, why in enumerate(notes, 1)]
    return "\n".join(lines)


HEAD = """# What holmes costs

Written by `bench/run`; do not edit. The values of every round are in `results.json`.

{cpu}, {cores} cores, {memory_gib} GiB, Linux {kernel}, {libc}.

Each round runs every line of a table once, in turn; *best* is the best round, *median* the middle
one, *ratio (median)* the middle of the rounds' own ratios. *bare again* is the same as *bare*: how
far it is off is how far the machine scatters. *instructions* are callgrind's, in brackets what
is added. A commit with a + had changes that were not yet in it.
"""


def write_markdown(results, path=FOLDER / "results.md"):
    parts = [
        HEAD.format(**results["machine"]),
        "## Goals\n",
        goals_table(results),
        "\n## Measurements",
    ]
    parts += ["\n" + markdown_row(name, row) for name, row in results["rows"].items()]
    Path(path).write_text("\n".join(parts) + "\n")
