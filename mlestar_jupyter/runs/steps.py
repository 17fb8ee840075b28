"""Carrying out a step, a phase or a decision: its budget and context, and its place in the chain."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import TypeVar

from mlestar_jupyter.attempts.context import Context
from mlestar_jupyter.attempts.result import Result
from mlestar_jupyter.attempts.state import State
from mlestar_jupyter.core.budget import Budget
from mlestar_jupyter.core.evaluation import Scored
from mlestar_jupyter.core.events import Finished, Started
from mlestar_jupyter.core.journal import Link
from mlestar_jupyter.online.providers import open_online
from mlestar_jupyter.phases.registry import PHASES
from mlestar_jupyter.phases.settings import PhaseSettings
from mlestar_jupyter.runs.announcing import announce
from mlestar_jupyter.runs.chain import ASIDE, Step, link_of, undone_by_errors
from mlestar_jupyter.runs.standing import Standing

T = TypeVar("T")


class Steps(Standing):
    """How a run goes on by one step."""

    def _execute(
        self, step: Step, settings: PhaseSettings, until: str | None, link: Link | None
    ) -> tuple[Result, int, float]:
        """Call the phase's function under its budget; a replay is counted in evaluations, as many as on record."""
        later: dict[str, float] = {}
        name = step.name
        if link is not None:
            budget = Budget(evaluations=link.evaluations)
        else:
            if self._chat is not None:
                self._chat.check()
            later = self._shares(name, until) or {}
            budget = Budget(later.pop(name, None), settings.max_evaluations)
        self._enter(name, replaying=link is not None)
        context = self._context(budget, step.after(self._chain.token), later)
        function: Callable[[Context, PhaseSettings], Result] = import_module(f"{PHASES[name].package}.run").run
        self.emit(Started(name, 0, budget.seconds))
        if PHASES[name].is_verdict:
            self._tell_of_kernel()
        complete = False
        try:
            result = function(context, settings)
            complete = True
        finally:
            self.emit(Finished(name, budget.elapsed(), complete))
        return result, budget.spent, budget.elapsed()

    def _context(self, budget: Budget, token: str, later: Mapping[str, float] | None = None) -> Context:
        self._openings.token = token
        return Context(
            self.dataset, self.journal, self.evaluator, self.planner.within(budget), budget, self.emit,
            self.task.seed, self.output, self._source, self._state, token, self._final.seconds(),
            online=open_online() if self.online else None, later=later or {}, final=self._final.rows,
            may_write=self._may_write,
        )  # fmt: skip

    def context_for(self, step: Step) -> Context:
        """What a decision or a study works with: the present solution, and no time limit."""
        return self._context(Budget(), step.after(self._chain.before(step)))

    def _decide(self, step: Step, decide: Callable[[Context], T], is_done: Callable[[T], bool]) -> T:
        """Carry out a decision, whatever the time, and put it on record; one that fails changes nothing."""
        self._check_maker()
        self._need(self._state.solution)
        before = self._chain.before(step)
        announce(self, step, self.journal.link(step.after(before)))
        with undone_by_errors(self._chain, self._state):
            earlier = self._state.copy()
            found = decide(self.context_for(step))
            done = is_done(found)
            if done:
                self._go_on(link_of(step, before, self._state), earlier)
        if done and step.kind not in ASIDE:
            self._write_files()
        return found

    def _as_it_is(self) -> Scored:
        """Leave all as it is: the decision was made already."""
        self._is_replay = True
        self._write_files()
        return self.score

    def _go_on(self, link: Link, earlier: State) -> None:
        """Put a link on record, and go on from it."""
        self._is_replay = self.journal.link(link.token) is not None
        self.journal.add_link(link)
        self._chain.add(link, earlier)
