"""Whether the intervals that the model offers covered the sealed rows as often as they say."""

from __future__ import annotations

import pandas as pd

from mlestar_jupyter.display.numbers import number
from mlestar_jupyter.display.view import Section
from mlestar_jupyter.phases.validation.holdout import COVERAGE, HoldoutScore


def coverage_sections(holdout: HoldoutScore | None, *, is_of_labels: bool) -> list[Section]:
    """Show stated and found coverage; nothing where a model offers neither intervals nor sets."""
    if holdout is None or holdout.covered is None or holdout.covered_low is None or holdout.covered_high is None:
        return []
    low, high = holdout.covered_low, holdout.covered_high
    is_right = not (high < COVERAGE or low > COVERAGE)
    verdict = "as stated" if is_right else f"{'more' if low > COVERAGE else 'less'} often than stated"
    size = "infinite" if holdout.size is None else number(holdout.size)
    row = {
        "stated": f"{COVERAGE:.0%}",
        "covered [95 %]": f"{holdout.covered:.1%} [{low:.1%}, {high:.1%}]",
        "labels in a set" if is_of_labels else "width": size,
        "verdict": verdict,
    }
    what = "Sets of labels" if is_of_labels else "Intervals"
    how = f"model.predict_interval(X, coverage={COVERAGE:g})"
    text = f"{what} by {how}, made of the errors in the folds and compared with the holdout."
    return [Section("Intervals of single predictions", text, pd.DataFrame([row]))]


def coverage_warning(holdout: HoldoutScore | None, *, is_of_labels: bool) -> str:
    """Say that intervals or sets cannot be relied on; empty where they covered what they state, or nothing is known."""
    if holdout is None or holdout.covered is None or holdout.covered_high is None or holdout.covered_high >= COVERAGE:
        return ""
    what = "Sets of labels" if is_of_labels else "Intervals of predictions"
    return (
        f"{what} that state {COVERAGE:.0%} covered {holdout.covered:.1%} of the sealed rows: less often than stated, "
        "so do not rely on them."
    )


def coverage_values(holdout: HoldoutScore | None) -> dict[str, float | None] | None:
    """Plain values for ``report.json``; null is not measured."""
    if holdout is None or holdout.covered is None:
        return None
    return {
        "stated": COVERAGE,
        "covered": holdout.covered,
        "low": holdout.covered_low,
        "high": holdout.covered_high,
        "size": holdout.size,
    }
