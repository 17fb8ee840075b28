"""What is said before anything is fitted when a run leaves the order that is on record."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlestar_jupyter.core.blocks import BLOCKS
from mlestar_jupyter.core.events import Note
from mlestar_jupyter.core.journal import Link
from mlestar_jupyter.display.numbers import counted
from mlestar_jupyter.errors import BlockError
from mlestar_jupyter.reports.overview import evaluations_ahead
from mlestar_jupyter.runs.chain import Step

if TYPE_CHECKING:
    from mlestar_jupyter.core.solution import Solution
    from mlestar_jupyter.runs.standing import Standing


def announce(standing: Standing, step: Step, link: Link | None) -> None:
    """Say that the record goes on in another way from here, where it does, and how many evaluations are new.

    Parameters
    ----------
    standing : Standing
    step : Step
        What comes now.
    link : Link or None
        What is on record of it, at this place.
    """
    expected = standing.recorded_next()
    if link is None and expected is not None:
        standing.emit(Note(step.name if step.kind == "phase" else "", _announcement(standing, step, expected)))


def _announcement(standing: Standing, step: Step, expected: Link) -> str:
    recorded = Step(expected.kind, expected.name, expected.asked)
    same = (recorded.kind, recorded.name) == (step.kind, step.name)
    other = f"{step} with other {'settings' if step.kind == 'phase' else 'text'}" if same else f"{step}"
    return f"Not as on record: there {recorded} came next, here it is {other}. New evaluations: {_new(standing, step)}."


def _new(standing: Standing, step: Step) -> str:
    if step.kind == "phase":
        candidates, fits, _ = evaluations_ahead(standing, {step.name: step.asked})[step.name]
        return (
            f"at most {counted(candidates, 'candidate')} with {counted(fits, 'fit')}; what is on record is not fitted"
        )
    solution = _solution_of(standing, step)
    missing = 0 if solution is None else standing.evaluator.missing_fits(solution)
    return f"1 candidate with {counted(missing, 'fit')}" if missing else "none, its fits are on record"


def _solution_of(standing: Standing, step: Step) -> Solution | None:
    """The solution that a decision leads to, where that can be known beforehand."""
    if step.kind == "adopt" and step.name in BLOCKS:
        try:
            return standing.solution.with_block(step.name, str(step.asked["source"]))
        except BlockError:
            return None  # the decision itself says what is wrong with it
    if step.kind in ("checkout", "accept"):
        return standing.find(step.name).candidate.solution
    return None
