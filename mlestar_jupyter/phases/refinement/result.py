"""What a refinement tried, tested and kept: rounds, attempts with their tree, and the evidence for what was kept."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

from mlestar_jupyter.attempts.result import Result
from mlestar_jupyter.attempts.showing import gain_words
from mlestar_jupyter.core.evaluation import Failed, Scored
from mlestar_jupyter.core.metric import Metric
from mlestar_jupyter.core.statistics import TestResult, Verdict, gain_after_selection
from mlestar_jupyter.display.numbers import number
from mlestar_jupyter.display.view import View
from mlestar_jupyter.planners.base import Attempt

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Confirmation:
    """The test of the best variant of a block on folds that did not choose it.

    `kept` is what is used: expected to predict new rows better. `proven` is what the test says beyond that.
    """

    block: str
    label: str
    test: TestResult
    p_limit: float
    kept: bool
    fresh: bool
    proposed: bool = False
    """Whether it would have been kept, but waits for the human."""
    path: int = 1
    """The path whose solution it changes; the end of another path may take the place of the first one's."""
    id: str = ""
    """Of the candidate."""
    proven: bool = False
    """Whether the gain is significant at its level, and larger than the noise floor."""

    @property
    def verdict(self) -> Verdict:
        """Whether it is proven to be better."""
        if self.proven:
            return "better"
        return "worse" if self.test.verdict == "worse" else "no clear difference"

    @property
    def expected(self) -> float:
        """The gain to expect on new rows, if it is kept: what is kept for its gain looks better than it is."""
        return gain_after_selection(self.test, self.p_limit)


@dataclass(frozen=True)
class Round:
    """One turn of the outer loop.

    Parameters
    ----------
    block : str
    because : str
        Why this block.
    attempts : int
        That were planned for it.
    level : float
        At which its best variant had to be significant.
    outcome : str
    path : int
        Which of several paths it belongs to.
    """

    block: str
    because: str
    attempts: int
    level: float
    outcome: str
    path: int = 1


@dataclass(frozen=True, eq=False)
class Path:
    """Where one of the paths began and ended."""

    before: Scored
    after: Scored


@dataclass(eq=False, repr=False)
class RefinementResult(Result):
    """Every attempt with its reason and gain, and the tests of the best ones."""

    phase = "refinement"
    attempts: list[Attempt]
    confirmations: list[Confirmation]
    before: Scored
    after: Scored
    metric: Metric
    diff: str
    blocks: tuple[str, ...] = ()
    rounds: list[Round] = field(default_factory=list)
    paths: tuple[Path, ...] = ()
    """The path from the present solution, and those from other ones."""
    crossed: list[Scored] = field(default_factory=list)
    """The columns of one path with the models of others."""

    @property
    def kept(self) -> list[Confirmation]:
        """The tests that led to the solution: those of the first path, and of the end that took its place."""
        return [c for c in self.confirmations if c.kept and c.path == 1]

    @property
    def expected(self) -> float:
        """The gain on new rows that the changes which were kept promise together, in the metric's own unit."""
        return sum(c.expected for c in self.kept)

    @property
    def table(self) -> pd.DataFrame:  # type: ignore[override]
        """One row an attempt, in order."""
        import pandas as pd

        rows = []
        for position, attempt in enumerate(self.attempts, start=1):
            evaluation = attempt.evaluation
            failed = isinstance(evaluation, Failed)
            rows.append(
                {
                    "attempt": position,
                    "block": attempt.proposal.block,
                    "variant": attempt.proposal.label,
                    "id": evaluation.candidate.id,
                    "score": None if isinstance(evaluation, Failed) else evaluation.score,
                    "gain": attempt.gain,
                    "p": attempt.p_value,
                    "kept": "kept" if attempt.kept else "proposed" if attempt.proposed else "",
                    "reason": f"failed: {evaluation.reason}" if failed else attempt.proposal.reason,  # type: ignore[union-attr]
                }
            )
        columns = ["attempt", "block", "variant", "id", "score", "gain", "p", "kept", "reason"]
        return pd.DataFrame(rows, columns=columns).astype({"score": float, "gain": float, "p": float})

    def view(self) -> View:
        """Show what was kept or proposed and why, then the tree of attempts."""
        from mlestar_jupyter.phases.refinement.view import refinement_view

        return refinement_view(self)

    @property
    def summary(self) -> str:
        """What was kept or proposed, and what it is worth."""
        label, tried = self.metric.label, len(self.attempts)
        proposed = [c for c in self.confirmations if c.proposed]
        if proposed:
            changes = ", ".join(f"{c.block} ({c.label}), {gain_words(c.test)[0]}" for c in proposed)
            verb = "is proposed and waits" if len(proposed) == 1 else "are proposed and wait"
            return (
                f"{len(proposed)} of {tried} attempts {verb} for accept or reject: {changes}. "
                f"The solution stays until then, {label} {number(self.before.score)} ({self.metric.direction})."
            )
        if self.kept:
            changes = ", ".join(f"{c.block} ({c.label}; {c.verdict})" for c in self.kept)
            return (
                f"Used from now on: {len(self.kept)} of {tried} attempts, {changes}. "
                f"{label} {number(self.before.score)} → {number(self.after.score)} ({self.metric.direction}); "
                f"to expect on new rows: a gain of {roughly(self.expected)}."
            )
        if not tried:
            why = "the time left was too short for one and its test"
            return f"No attempt was made: {why}. The solution stays, {label} {number(self.before.score)}."
        stays = f"the solution stays, {label} {number(self.before.score)}"
        return f"None of {tried} attempts is expected to do better; {stays}."

    def to_dict(self) -> dict[str, object]:
        """Plain values for ``report.json``."""
        attempts = [
            {
                "id": a.evaluation.candidate.id,
                "block": a.proposal.block,
                "label": a.proposal.label,
                "reason": a.proposal.reason,
                "gain": a.gain,
                "kept": a.kept,
                "proposed": a.proposed,
                "failed": a.evaluation.reason if isinstance(a.evaluation, Failed) else None,
            }
            for a in self.attempts
        ]
        tests = [
            {
                "block": c.block,
                "label": c.label,
                "gain": c.test.mean,
                "p": c.test.p_value,
                "kept": c.kept,
                "verdict": c.verdict,
                "low": c.test.low,
                "high": c.test.high,
                "expected": c.expected if c.kept or c.proposed else None,
                "path": c.path,
            }
            for c in self.confirmations
        ]
        return {
            "phase": self.phase,
            "before": self.before.score,
            "after": self.after.score,
            "attempts": attempts,
            "confirmations": tests,
            "rounds": [asdict(r) for r in self.rounds],
            "crossed": [{"id": e.candidate.id, "label": e.candidate.label, "score": e.score} for e in self.crossed],
            "paths": [{"from": p.before.candidate.id, "to": p.after.candidate.id} for p in self.paths],
        }


def roughly(gain: float) -> str:
    """Two figures: an estimate is no more exact."""
    return number(gain, 2)
