"""How refinement shows its attempts, its rounds, and the evidence for what was kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from mlestar_jupyter.attempts.showing import another, attempt_trees, gain_words
from mlestar_jupyter.display.figures import interval_figure
from mlestar_jupyter.display.numbers import number
from mlestar_jupyter.display.view import Diff, Section, Status, View
from mlestar_jupyter.phases.refinement.result import Confirmation, roughly

if TYPE_CHECKING:
    from mlestar_jupyter.phases.refinement.result import RefinementResult


def refinement_view(result: RefinementResult) -> View:
    """Show what was kept or proposed and why, then the tree of attempts."""
    waiting = next((a for a in result.attempts if a.proposed), None)
    confirmed = {c.id: f"Tested {_test_words(c)}." for c in result.confirmations}
    roots = [p.before for p in result.paths] or [result.before]
    trees = attempt_trees(result.attempts, roots, result.metric, confirmed, waiting)
    last = waiting or (result.attempts[-1] if result.attempts else None)
    actions = () if last is None else (another(last.proposal.block),)
    text = "Each attempt below the solution that it was made from; unfold one for its diff."
    sections = [Section("Attempts", text, entries=trees, actions=actions)]
    if result.confirmations:
        # What waits for the human comes first; a finished run leads with its evidence.
        sections.insert(1 if waiting else 0, _confirmation_section(result))
    if result.crossed:
        sections.append(_crossed_section(result))
    if result.rounds:
        sections.append(_rounds_section(result))
    if result.diff:
        sections.append(Section("All that changed", diff=Diff.read(result.diff), folded=True))
    return View("Refinement", result.summary, tuple(sections))


def _crossed_section(result: RefinementResult) -> Section:
    best_first = sorted(result.crossed, key=lambda e: -result.metric.gain(e.score, 0.0))
    rows = [
        {"id": e.candidate.id, "solution": e.candidate.label, result.metric.label: number(e.score)} for e in best_first
    ]
    text = "What was found for the columns, with other models. They may join an ensemble."
    return Section("Crossover", text, pd.DataFrame(rows), folded=True)


def _rounds_section(result: RefinementResult) -> Section:
    rows = [
        {
            **({"path": r.path} if len(result.paths) > 1 else {}),
            "block": r.block,
            "because": r.because,
            "attempts planned": r.attempts,
            "level": f"{r.level:.3f}",
            "outcome": r.outcome,
        }
        for r in result.rounds
    ]
    text = (
        "Each round works on one block. The level is what the rounds before have left of the whole "
        "(alpha-investing, Foster & Stine 2008): many rounds do not win by luck."
    )
    return Section("Rounds", text, pd.DataFrame(rows, dtype=object), folded=True)


def _confirmation_section(result: RefinementResult) -> Section:
    figure = interval_figure(
        [f"{c.block}: {c.label}" for c in result.confirmations],
        [c.test.mean for c in result.confirmations],
        [c.test.low for c in result.confirmations],
        [c.test.high for c in result.confirmations],
        x_label=f"gain in {result.metric.label} over the solution it changed",
        strong=[c.kept or c.proposed for c in result.confirmations],
        zero=True,
    )
    alt = "; ".join(f"{c.block} {c.label} {number(c.test.mean, 3)}" for c in result.confirmations)
    lines: tuple[tuple[Status, str], ...] = tuple(
        ("pass" if c.kept or c.proposed else "info", _describe(c)) for c in result.confirmations
    )
    text = "The best variant of each block, with the 95 % interval of its gain (filled: used)."
    if len(result.paths) > 1 or result.crossed:
        text += " Another path, or a crossover, must be better than the end of the first path."
    return Section("Is the gain real?", text, None, figure, alt, lines)


def _describe(c: Confirmation) -> str:
    verdict = "used" if c.kept else "proposed" if c.proposed else "not used"
    expected = f"; to expect on new rows: {roughly(c.expected)}" if c.kept or c.proposed else ""
    return f"{c.block}, {c.label}, {_test_words(c)}: {verdict}, {c.verdict}{expected}"


def _test_words(c: Confirmation) -> str:
    how = "on fresh folds" if c.fresh else "on the same folds, the level divided by the number of attempts"
    return f"{how}: {', '.join(gain_words(c.test))}"
