"""What each phase will evaluate, and about how long it takes: sums up the estimates of the phases."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

import pandas as pd

from mlestar_jupyter.attempts.estimating import Ahead, Estimate
from mlestar_jupyter.core.evaluation import Scored
from mlestar_jupyter.core.solution import Solution
from mlestar_jupyter.core.texts import counted
from mlestar_jupyter.display.view import Section, View
from mlestar_jupyter.errors import SettingError
from mlestar_jupyter.phases.registry import PHASES
from mlestar_jupyter.phases.settings import PhaseSettings, read_settings
from mlestar_jupyter.reports.calls_ahead import cost, tokens_of, tokens_of_roles
from mlestar_jupyter.reports.overview import Overview

if TYPE_CHECKING:
    from mlestar_jupyter.reports.base import RunRecord


def estimate_of(
    run: RunRecord,
    name: str,
    settings: PhaseSettings,
    solutions: tuple[Solution, ...] = (),
    to_come: Mapping[str, PhaseSettings] | None = None,
) -> Estimate:
    """Ask a phase what it will evaluate.

    Parameters
    ----------
    solutions : tuple of Solution
        Those that may be the present one by then.
    to_come : dict of str to PhaseSettings, optional
        Phases that run before it.
    """
    context = run.context_ahead(name, settings.max_evaluations)
    planner = run.planner
    ahead = Ahead(context, planner.writes_code, planner.paths, solutions, to_come or {})
    found: Estimate = import_module(f"{PHASES[name].package}.estimate").estimate(ahead, settings)
    return found


def present_solutions(run: RunRecord) -> tuple[Solution, ...]:
    """The present solution, if there is one."""
    return (run.solution,) if run.has_solution else ()


def estimates(run: RunRecord) -> Iterator[tuple[str, Estimate | SettingError]]:
    """What each phase that has not run will evaluate, in their order; or what is wrong with its settings."""
    solutions, to_come = present_solutions(run), dict[str, PhaseSettings]()
    for name, phase in PHASES.items():
        if name in run.results:
            continue
        try:
            settings = read_settings(phase.settings, run.defaults.get(name, {}))
            found = estimate_of(run, name, settings, solutions, to_come)
        except SettingError as error:
            yield name, error
            continue
        to_come[name], solutions = settings, solutions or found.solutions
        yield name, found


@dataclass(frozen=True)
class _Speed:
    """How long a fit takes, as measured so far, and how many run at once."""

    seconds: float
    workers: int

    @classmethod
    def of(cls, run: RunRecord) -> _Speed:
        known = [e for e in run.candidates() if isinstance(e, Scored)]
        spent = sum(e.fit_seconds + e.predict_seconds for e in known)
        return cls(spent / max(1, sum(len(e.fold_scores) for e in known)), run.workers)

    def words(self, found: Estimate) -> str:
        """About how many seconds a phase takes; empty where that is not known."""
        if not self.seconds or (found.seconds is None and found.fits is None):
            return ""
        seconds = (found.fits or 0) * self.seconds / self.workers if found.seconds is None else found.seconds
        return f"{seconds:.0f}"


def plan(run: RunRecord) -> Overview:
    """Say what each phase will evaluate, and about how long it takes."""
    found, speed, limits = dict(estimates(run)), _Speed.of(run), run.seconds_ahead or {}
    rows = []
    for name in PHASES:
        limit = f"{limits[name]:.0f}" if name in limits else ""
        rows.append({"phase": name, **_row(found.get(name), speed), "at most (s)": limit})
    time = "No time limit" if run.timeout is None else f"Time limit {run.timeout:.0f} s for all phases"
    if run.more:
        time += f", and {', '.join(one.title for one in run.more)}"
    if speed.seconds:
        words = f"seconds from {speed.seconds:.2f} s a fit, as measured so far"
    else:
        words = "seconds can be estimated after foundation, when fits have been timed"
    summary = f"{time}; {words}; {counted(run.workers, 'worker')}."
    known = {name: e for name, e in found.items() if isinstance(e, Estimate)}
    return Overview(View("Plan", summary, (Section(table=pd.DataFrame(rows)), *_of_the_model(run, known))))


def _row(found: Estimate | SettingError | None, speed: _Speed) -> dict[str, str]:
    """Cells of a phase; None for one that has run."""
    if found is None:
        return {"evaluates": "", "what": "", "about (s)": "done"}
    if isinstance(found, SettingError):
        return {"evaluates": "", "what": str(found), "about (s)": ""}
    what = f"{found.what}; the number depends on {found.depends}" if found.depends else found.what
    return {"evaluates": evaluates(found), "what": what, "about (s)": speed.words(found)}


def evaluates(found: Estimate) -> str:
    """Candidates and fits in a phrase."""
    candidates, fits = found.candidates, found.fits
    parts = [f"{candidates} candidate{'s' * (candidates.high != 1)}"] if candidates.high != 0 else []
    parts += [f"at most {counted(fits, 'fit')}"] if fits else []
    return ", ".join(parts) or "nothing"


def _of_the_model(run: RunRecord, ahead: Mapping[str, Estimate]) -> tuple[Section, ...]:
    """Calls, tokens and money that the phases to come take with a chat model."""
    if run.llm is None:
        return ()
    from mlestar_jupyter.reports.calls import money

    each, price = tokens_of_roles(run.journal.replies()), run.price
    rows: list[dict[str, object]] = []
    asked: Counter[str] = Counter()
    for name, found in ahead.items():
        usual, most = found.calls.usual, found.calls.most
        if not most.total():
            continue
        asked += usual
        tokens = tokens_of(usual, each)
        row = {"phase": name, "calls, about": usual.total(), "at most": most.total()}
        rows.append(row | {"tokens in": round(tokens[0]), "out": round(tokens[1]), "USD": cost(tokens, price)})
    tokens = tokens_of(asked, each)
    text = (
        f"{run.llm.model}: about {asked.total()} calls, {tokens[0]:,.0f} + {tokens[1]:,.0f} tokens, "
        f"{money(cost(tokens, price))}, for what is to come."
    )
    if run.llm.max_cost is not None:
        text += f" It stops at {money(run.llm.max_cost)}."
    return (Section("The chat model", text, pd.DataFrame(rows) if rows else None),)
