"""What is said before anything is fitted when a run leaves the order that is on record."""

from __future__ import annotations

from mlestar_jupyter.attempts.result import Result
from mlestar_jupyter.core.blocks import BLOCKS
from mlestar_jupyter.core.events import Note
from mlestar_jupyter.core.journal import Link
from mlestar_jupyter.core.solution import Solution
from mlestar_jupyter.core.texts import counted
from mlestar_jupyter.errors import BlockError
from mlestar_jupyter.phases.registry import PHASES, first_with_solution
from mlestar_jupyter.phases.settings import read_settings
from mlestar_jupyter.reports.plan import estimate_of, evaluates, present_solutions
from mlestar_jupyter.runs.chain import ASIDE, Step
from mlestar_jupyter.runs.run import Run
from mlestar_jupyter.runs.standing import Standing


class Announcing:
    """Says to those who listen how a step differs from the record."""

    def __init__(self, run: Run, standing: Standing) -> None:
        self._run = run
        self._standing = standing

    def step(self, step: Step, link: Link | None) -> None:
        """Say that the record goes on in another way from here, where it does, and how many fits are new.

        Parameters
        ----------
        step : Step
            What comes now.
        link : Link or None
            What is on record of it, at this place.
        """
        expected = self._run.chain.recorded_next()
        if link is not None or expected is None or step.kind in ASIDE:
            return
        recorded = Step(expected.kind, expected.name, expected.asked)
        same = (recorded.kind, recorded.name) == (step.kind, step.name)
        other = f"{step} with other {'settings' if step.kind == 'phase' else 'text'}" if same else f"{step}"
        text = f"The record has {recorded} next; this is {other}. New: {self._new(step)}.{self._followers(step)}"
        self._say(step.name if step.kind == "phase" else "", text)

    def unchanged(self, result: Result) -> None:
        """Say which solution stays where a phase that is asked for again has nothing to do."""
        present = self._standing.score.candidate if self._standing.has_solution else None
        if present is not None and result.about not in (None, present.solution.id):
            text = (
                f"Nothing that {result.phase} depends on has changed; the present solution stays {present.label} "
                f"({present.id})."
            )
            self._say(result.phase, text)

    def dropped(self, name: str, dropped: list[Link]) -> None:
        """Say which of the human's decisions no longer count when a phase begins anew."""
        lost = [str(Step(link.kind, link.name, link.asked)) for link in dropped if link.kind != "phase"]
        if lost:
            text = f"{name.capitalize()} begins anew, without {', '.join(lost)}. Run those cells again to use them."
            self._say(name, text)
        elif PHASES[name].begins_anew and not PHASES[name].finds_solution and len(dropped) > 1:
            found = first_with_solution()
            text = f"{name.capitalize()} begins anew: the solution found so far is out of use until {found} has run."
            self._say(name, f"{text} Its candidates stay on record.")

    def _say(self, phase: str, text: str) -> None:
        self._run.listeners.emit(Note(phase, text))

    def _followers(self, step: Step) -> str:
        """Say that what follows on record is then run anew, too."""
        later = [k for k in self._run.chain.recorded_after() if k.kind == "phase" and k.name != step.name]
        if not later:
            return ""
        count = sum(link.evaluations for link in later)
        names = ", ".join(link.name for link in later)
        text = f" What follows on record runs anew: {names}, about {count:,} evaluations"
        has_verdict = any(link.name in PHASES and PHASES[link.name].is_verdict for link in later)
        return f"{text}; the holdout is opened again." if has_verdict else f"{text}."

    def _new(self, step: Step) -> str:
        if step.kind == "more":
            return f"as many evaluations as fit into {step.name}"
        if step.kind == "phase":
            settings = read_settings(PHASES[step.name].settings, step.asked)
            found = estimate_of(self._standing, step.name, settings, present_solutions(self._standing))
            return f"{evaluates(found)}, less those on record" if found.fits != 0 else evaluates(found)
        solution = self._solution_of(step)
        if solution is None:
            return f"at most 1 evaluation with {counted(len(self._standing.score.fold_scores), 'fit')}"
        missing = self._run.evaluator.missing_fits(solution)
        return f"1 evaluation with {counted(missing, 'fit')}" if missing else "no evaluation, its fits are on record"

    def _solution_of(self, step: Step) -> Solution | None:
        """The solution that a decision leads to, where that can be known beforehand."""
        present = self._standing.solution
        if step.kind == "adopt" and step.name in BLOCKS:
            try:
                return present.with_block(step.name, str(step.asked["source"]))
            except BlockError:
                return None  # the decision itself says what is wrong with it
        if step.kind not in ("checkout", "accept"):
            return None
        candidate = self._standing.find(step.name).candidate
        if step.kind == "checkout" or candidate.block is None or present.id in (candidate.parent, candidate.id):
            return candidate.solution
        return present.with_block(candidate.block, candidate.solution.blocks[candidate.block])
