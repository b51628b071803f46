"""All rows, in the order of the report."""

import importlib

ROOMS = (
    "rows_malloc",
    "rows_start",
    "rows_memory",
    "rows_monitor",
    "rows_capture",
    "rows_programs",
    "rows_servers",
    "rows_inner",
)


def all_rows():
    found = {}
    for room in ROOMS:
        found |= importlib.import_module(f".{room}", __package__).ROWS
    return found
