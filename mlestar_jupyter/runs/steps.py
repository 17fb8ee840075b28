"""One step of a run: a phase under its budget, or a decision whatever the time; both are put on record."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from importlib import import_module
from typing import TYPE_CHECKING, Generic, TypeVar

from mlestar_jupyter.attempts.context import Context
from mlestar_jupyter.attempts.result import Result
from mlestar_jupyter.attempts.state import State
from mlestar_jupyter.core.budget import Budget
from mlestar_jupyter.core.events import Finished, Started
from mlestar_jupyter.core.journal import Link
from mlestar_jupyter.display.numbers import duration
from mlestar_jupyter.errors import OrderError, unknown
from mlestar_jupyter.phases.registry import PHASES, again_after_more, first_with_solution
from mlestar_jupyter.phases.settings import PhaseSettings, read_settings
from mlestar_jupyter.runs.announcing import Announcing
from mlestar_jupyter.runs.chain import ASIDE, Step, link_of, solution_of, undone_by_errors
from mlestar_jupyter.runs.clock import longest_fit
from mlestar_jupyter.runs.contexts import context_of
from mlestar_jupyter.runs.files import Files
from mlestar_jupyter.runs.run import Run
from mlestar_jupyter.runs.standing import Standing

if TYPE_CHECKING:
    from mlestar_jupyter.phases.more.result import MoreResult

T = TypeVar("T")
R = TypeVar("R", bound=Result)


@dataclass(frozen=True)
class _Work(Generic[R]):
    """What a step does.

    Parameters
    ----------
    name : str
        As its progress is headed.
    function : callable
    most : int or None
        Evaluations.
    shares : callable
        Gives its seconds, then those of the phases after it; None without a time limit.
    """

    name: str
    function: Callable[[Context], R]
    most: int | None
    shares: Callable[[], Mapping[str, float] | None]


class Steps:
    """How a run goes on by one step."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.standing = Standing(run)
        self.files = Files(run, self.standing)
        self._announcing = Announcing(run, self.standing)

    # --- phases ---------------------------------------------------------------------------------------------------

    def settings(self, name: str, given: Mapping[str, object]) -> PhaseSettings:
        """Read the settings of a phase: those given, and the run's own for the rest."""
        if name not in PHASES:
            raise unknown("phase", name, PHASES)
        return read_settings(PHASES[name].settings, self.run.defaults.get(name, {}) | dict(given))

    def run_all(self, until: str | None) -> Result:
        """Run the phases that have not run or are out of date; see `Workflow.run`."""
        run = self.run
        if until is not None and until not in PHASES:
            raise unknown("phase", until, PHASES)
        result: Result | None = None
        run.clock.begin()
        for name in PHASES:
            known = run.state.results.get(name)
            if known is not None and (not PHASES[name].is_verdict or self.standing.is_current(name)):
                result = known
            else:
                result = self.run_phase(name, self.settings(name, {}), until=until)
            if name == until:
                break
        assert result is not None
        if self.standing.has_solution:
            _ = self.standing.model
        run.clock.end()
        return result

    def run_phase(self, name: str, settings: PhaseSettings, *, until: str | None = None) -> Result:
        """Run one phase, or replay it when it is on record at this place; see `Workflow.run_phase`.

        Raises
        ------
        OrderError
            When the phase that it needs has not run.
        OutputError
            When the run was made by another version.
        """
        settings = settings.spelled_out()
        settings.check([column.name for column in self.run.task.columns], self.run.task.target)
        run, step = self.run, Step("phase", name, asdict(settings))
        known = run.state.results.get(name)
        run.is_restoring = known is not None and known.replaced
        if known is not None and run.chain.unchanged(step) and not run.is_restoring:
            return self._left_as_it_is(known)
        self._check_order(name, PHASES[name].after)
        self.run.folder.check_maker()
        with undone_by_errors(run.chain, run.state):
            self._announcing.dropped(name, run.chain.dropped_by(name))
            run.chain.rewind(name, run.state)
            earlier, token = run.state.copy(), step.after(run.chain.token)
            link = run.journal.link(token)
            run.is_replay = link is not None
            self._announcing.step(step, link)
            function: Callable[[Context, PhaseSettings], Result] = import_module(f"{PHASES[name].package}.run").run
            if PHASES[name].is_verdict:
                self.standing.note_code_in_kernel()
            shared = lambda: self.standing.shares(name, until)  # noqa: E731
            work = _Work(name, lambda context: function(context, settings), settings.max_evaluations, shared)
            result, link = self._execute(step, work, link)
            run.state.results[name] = result
            self._go_on(link, earlier)
        run.latest[name], result.asked = result, link.asked
        run.clock.spent += link.seconds
        self.files.update()
        return result

    def more(self, seconds: float) -> MoreResult:
        """Go on for a time, or replay that it was done; a step of its own, after which phases run again.

        Raises
        ------
        OrderError
            When foundation has not run.
        OutputError
            When the run was made by another version.
        """
        from mlestar_jupyter.phases.more.run import run as go_on

        run, step = self.run, Step("more", duration(seconds), {"seconds": seconds})
        self._check_order("More time", first_with_solution())
        run.folder.check_maker()
        run.clock.extend(seconds)
        fits = run.evaluator.fits
        if fits.limits.seconds is not None:
            fits.limits = replace(fits.limits, seconds=max(fits.limits.seconds, longest_fit(seconds)))
        with undone_by_errors(run.chain, run.state):
            earlier, link = run.state.copy(), run.journal.link(step.after(run.chain.token))
            run.is_replay = link is not None
            self._announcing.step(step, link)
            then = again_after_more(run.state.results)
            run.clock.again = frozenset(then)
            shared = lambda: self.standing.shares(first_with_solution(), None)  # noqa: E731
            work = _Work("more time", lambda context: go_on(context, seconds), None, shared)
            result, link = self._execute(step, work, link)
            result.then, result.earlier = tuple(then), self.standing.results
            run.state.more.append(result)
            self._go_on(replace(link, summary=result.summary), earlier)
        result.asked = link.asked
        run.clock.spent += link.seconds
        self.files.update()
        return result

    def _left_as_it_is(self, result: Result) -> Result:
        """Nothing that the phase depends on has changed."""
        result.replayed = self.run.is_replay = True
        self._announcing.unchanged(result)
        self.files.update()
        return result

    def _check_order(self, name: str, after: str | None) -> None:
        """Refuse a step before the phase that it needs."""
        if after is None or after in self.run.state.results:
            return
        self.standing.check_replayed(after, f"{name} needs {after}")
        raise OrderError(f"{name} needs {after}, which has not run.", mend=f"Run %%mlestar {after} first.")

    def _execute(self, step: Step, work: _Work[R], link: Link | None) -> tuple[R, Link]:
        """Do the work under its budget; a replay is counted in evaluations, as many as on record."""
        run, name = self.run, work.name
        later: dict[str, float] = {}
        if link is not None:
            budget = Budget(evaluations=link.evaluations)
        else:
            run.planner.check()
            later = dict(work.shares() or {})
            own = next(iter(later), "")
            budget = Budget(later.pop(own, None), work.most)
        run.planner.enter(step.name if step.kind == "phase" else step.kind, replaying=link is not None)
        context = self._context(budget, step.after(run.chain.token), later)
        run.listeners.emit(Started(name, 0, budget.seconds))
        complete = False
        try:
            result = work.function(context)
            complete = True
        finally:
            run.listeners.emit(Finished(name, budget.elapsed(), complete))
        result.replayed, result.left = run.is_replay, run.state.score
        result.about = solution_of(step, run.state)
        new = link_of(step, run.chain.token, run.state, result)
        return result, link or replace(new, evaluations=budget.spent, seconds=budget.elapsed())

    def _context(self, budget: Budget, token: str, later: Mapping[str, float] | None = None) -> Context:
        run = self.run
        run.openings.token = token
        context = context_of(run, run.planner.within(budget), budget, token)
        return replace(context, later=later or {}, may_write=self.files.may_write)

    # --- decisions ------------------------------------------------------------------------------------------------

    def context_for(self, step: Step) -> Context:
        """What a decision or a study works with: the present solution, and no time limit."""
        return self._context(Budget(), step.after(self.run.chain.before(step)))

    def decide(self, step: Step, decide: Callable[[Context], T], is_done: Callable[[T], bool]) -> T:
        """Carry out a decision, whatever the time, and put it on record; one that fails changes nothing."""
        run = self.run
        self.run.folder.check_maker()
        _ = self.standing.solution
        before = run.chain.before(step)
        self._announcing.step(step, run.journal.link(step.after(before)))
        with undone_by_errors(run.chain, run.state):
            earlier = run.state.copy()
            found = decide(self.context_for(step))
            done = is_done(found)
            if done:
                self._go_on(link_of(step, before, run.state), earlier)
        if done and step.kind not in ASIDE:
            self.files.update()
        return found

    def repeats(self, step: Step) -> bool:
        """Whether a decision is the last thing that was done; then all is left as it is."""
        if not self.run.chain.repeats(step):
            return False
        self.run.is_replay = True
        self.files.update()
        return True

    def _go_on(self, link: Link, earlier: State) -> None:
        """Put a link on record, and go on from it."""
        self.run.is_replay = self.run.journal.link(link.token) is not None
        self.run.journal.add_link(link)
        self.run.chain.add(link, earlier)

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Do again what is on record without writing a file."""
        self.run.is_resuming = True
        try:
            yield
        finally:
            self.run.is_resuming = False
