"""What a row found. Plain dictionaries, as they go into results.json as they are."""

import statistics


def entry(label, values, base=None, **more):
    """`values`: one a round, in their order, so that pairs of rounds can be compared."""
    return {"label": label, "base": base, "values": [round(value, 5) for value in values], **more}


def entries_of(variants, values):
    return [
        entry(one.name, values[one.name], None if one.name == one.base else one.base)
        for one in variants
    ]


def table(unit, entries, title="", better="lower"):
    return {"title": title, "unit": unit, "better": better, "entries": list(entries)}


def goal(what, value, limit, unit):
    return {
        "what": what,
        "value": round(value, 4),
        "limit": limit,
        "unit": unit,
        "met": bool(value <= limit),
    }


def goal_percent(what, entries, limit, better="lower"):
    """Names the machine's own scatter beside it: bare against bare again."""
    scatter = percent_worse(entries, "bare again", better)
    return goal(
        f"{what}, best of rounds (bare again: {scatter:+.1f})",
        percent_worse(entries, "holmes", better),
        limit,
        "percent",
    )


def row(title, tables, goals=(), notes=()):
    return {"title": title, "tables": list(tables), "goals": list(goals), "notes": list(notes)}


def find(entries, label):
    return next((one for one in entries if one["label"] == label), None)


def best(one, better="lower"):
    return (min if better == "lower" else max)(one["values"])


def median(one):
    return statistics.median(one["values"])


def base_of(entries, one):
    return find(entries, one["base"]) if one["base"] else None


def added(entries, one, better="lower"):
    """Best of this one minus best of its base."""
    base = base_of(entries, one)
    return best(one, better) - best(base, better) if base else None


def ratios(entries, one, better="lower"):
    """(best against best, median of the rounds' own ratios)."""
    base = base_of(entries, one)
    if base is None or best(base, better) == 0:
        return None
    pairs = [mine / theirs for mine, theirs in zip(one["values"], base["values"]) if theirs]
    return best(one, better) / best(base, better), statistics.median(pairs)


def percent_worse(entries, label, better="lower"):
    """By how much the best is worse than its base's best, in percent."""
    ratio = ratios(entries, find(entries, label), better)[0]
    return 100 * (ratio - 1 if better == "lower" else 1 - ratio)
