"""Why a goal is not met, and what was tried: said beside it in results.md. The first entry whose row and
goal match holds."""

import re

REASONS = (
)


def why(row, goal):
    for rows, goals, text in REASONS:
        if re.fullmatch(rows, row) and re.search(goals, goal):
            return " ".join(text.split())
    return "Not explained yet."
