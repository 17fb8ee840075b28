"""How the phases of a run stand, and the times that were given beyond its limit."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from mlestar_jupyter.attempts.result import Result
from mlestar_jupyter.core.journal import Link
from mlestar_jupyter.phases.more.result import MoreResult
from mlestar_jupyter.phases.registry import PHASES
from mlestar_jupyter.reports.states import PhaseState, StateName


def phase_states(
    latest: Mapping[str, Result], links: Sequence[Link], is_current: Callable[[str], bool], made_by: str | None
) -> dict[str, PhaseState]:
    """How each phase stands.

    Parameters
    ----------
    latest : mapping of str to Result
        By phase.
    links : sequence of Link
        What is on record.
    is_current : callable
        Whether what a phase found is about the present solution.
    made_by : str or None
        What made the run, where the present code does not go on with it.
    """
    recorded = {link.name: link for link in links if link.kind == "phase"}
    return {n: _phase_state(n, latest.get(n), recorded.get(n), is_current, made_by) for n in PHASES}


def _phase_state(
    name: str, result: Result | None, recorded: Link | None, is_current: Callable[[str], bool], made_by: str | None
) -> PhaseState:
    if result is not None:
        current = is_current(name)
        state: StateName = "out of date" if not current else _state_of(result)
        return PhaseState(name, state, result.summary, result.about)
    if recorded is None:
        return PhaseState(name, "to do", PHASES[name].summary)
    made = "" if made_by is None else f"Made by {made_by}. "
    return PhaseState(name, "recorded", made + (recorded.summary or PHASES[name].summary), recorded.about)


def _state_of(result: Result) -> StateName:
    return "refused" if result.refused else "failed" if result.failed else "done"


def more_states(done: Sequence[MoreResult], links: Sequence[Link]) -> list[PhaseState]:
    """How each time that was given beyond the limit stands: done, or on record."""
    recorded = [link for link in links if link.kind == "more"][len(done) :]
    return [
        *(PhaseState(one.title, "done", one.summary, one.about) for one in done),
        *(PhaseState(f"more time: {link.name}", "recorded", link.summary, link.about) for link in recorded),
    ]
