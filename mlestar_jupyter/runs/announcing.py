"""What is said before anything is fitted when a run leaves the order that is on record."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlestar_jupyter.core.blocks import BLOCKS
from mlestar_jupyter.core.events import Note
from mlestar_jupyter.core.journal import Link
from mlestar_jupyter.display.numbers import counted
from mlestar_jupyter.errors import BlockError
from mlestar_jupyter.phases.registry import PHASES, first_with_solution
from mlestar_jupyter.phases.settings import read_settings
from mlestar_jupyter.reports.plan import estimate_of, evaluates, present_solutions
from mlestar_jupyter.runs.chain import ASIDE, Step

if TYPE_CHECKING:
    from mlestar_jupyter.attempts.result import Result
    from mlestar_jupyter.core.solution import Solution
    from mlestar_jupyter.runs.standing import Standing


def announce(standing: Standing, step: Step, link: Link | None) -> None:
    """Say that the record goes on in another way from here, where it does, and how many fits are new.

    Parameters
    ----------
    standing : Standing
    step : Step
        What comes now.
    link : Link or None
        What is on record of it, at this place.
    """
    expected = standing.recorded_next()
    if link is not None or expected is None or step.kind in ASIDE:
        return
    recorded = Step(expected.kind, expected.name, expected.asked)
    same = (recorded.kind, recorded.name) == (step.kind, step.name)
    other = f"{step} with other {'settings' if step.kind == 'phase' else 'text'}" if same else f"{step}"
    text = f"The record has {recorded} next; this is {other}. New: {_new(standing, step)}.{_followers(standing, step)}"
    standing.emit(Note(step.name if step.kind == "phase" else "", text))


def _followers(standing: Standing, step: Step) -> str:
    """Say that what follows on record is then run anew, too."""
    later = [link for link in standing.recorded_after() if link.kind == "phase" and link.name != step.name]
    if not later:
        return ""
    count = sum(link.evaluations for link in later)
    text = f" What follows on record runs anew: {', '.join(link.name for link in later)}, about {count:,} evaluations"
    has_verdict = any(link.name in PHASES and PHASES[link.name].is_verdict for link in later)
    return f"{text}; the holdout is opened again." if has_verdict else f"{text}."


def announce_unchanged(standing: Standing, result: Result) -> None:
    """Say which solution stays where a phase that is asked for again has nothing to do."""
    present = standing.score.candidate if standing.has_solution else None
    if present is not None and result.about not in (None, present.solution.id):
        text = f"Nothing that {result.phase} depends on has changed; the present solution stays {present.label}"
        standing.emit(Note(result.phase, f"{text} ({present.id})."))


def announce_dropped(standing: Standing, name: str, dropped: list[Link]) -> None:
    """Say which of the human's decisions no longer count when a phase begins anew."""
    lost = [str(Step(link.kind, link.name, link.asked)) for link in dropped if link.kind != "phase"]
    if lost:
        text = f"{name.capitalize()} begins anew, without {', '.join(lost)}. Run those cells again to use them."
        standing.emit(Note(name, text))
    elif PHASES[name].begins_anew and not PHASES[name].finds_solution and len(dropped) > 1:
        found = first_with_solution()
        text = f"{name.capitalize()} begins anew: the solution found so far is out of use until {found} has run."
        standing.emit(Note(name, f"{text} Its candidates stay on record."))


def _new(standing: Standing, step: Step) -> str:
    if step.kind == "phase":
        settings = read_settings(PHASES[step.name].settings, step.asked)
        found = estimate_of(standing, step.name, settings, present_solutions(standing))
        return f"{evaluates(found)}, less those on record" if found.fits != 0 else evaluates(found)
    solution = _solution_of(standing, step)
    if solution is None:
        return f"at most 1 evaluation with {counted(len(standing.score.fold_scores), 'fit')}"
    missing = standing.evaluator.missing_fits(solution)
    return f"1 evaluation with {counted(missing, 'fit')}" if missing else "no evaluation, its fits are on record"


def _solution_of(standing: Standing, step: Step) -> Solution | None:
    """The solution that a decision leads to, where that can be known beforehand."""
    if step.kind == "adopt" and step.name in BLOCKS:
        try:
            return standing.solution.with_block(step.name, str(step.asked["source"]))
        except BlockError:
            return None  # the decision itself says what is wrong with it
    if step.kind not in ("checkout", "accept"):
        return None
    candidate = standing.find(step.name).candidate
    present = standing.solution
    if step.kind == "checkout" or candidate.block is None or present.id in (candidate.parent, candidate.id):
        return candidate.solution
    return present.with_block(candidate.block, candidate.solution.blocks[candidate.block])
