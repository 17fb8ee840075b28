"""Attribution study: does it pay to refine the block that ablation points at? The same fits, spent in four ways.

The question that the method's paper leaves open (arXiv 2506.15692): its own comparison has no arm that refines blocks
chosen at random, or all at once.
"""

from __future__ import annotations

from collections import defaultdict
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Literal, Protocol, get_args

import numpy as np

from mlestar_jupyter.attempts.context import Context
from mlestar_jupyter.attempts.result import Result
from mlestar_jupyter.attempts.trying import paired_test
from mlestar_jupyter.core.blocks import PIPELINE_BLOCKS
from mlestar_jupyter.core.evaluation import Scored
from mlestar_jupyter.core.events import Event, FoldDone
from mlestar_jupyter.core.executor import Fitted
from mlestar_jupyter.core.fits import not_fitted
from mlestar_jupyter.core.metric import Metric
from mlestar_jupyter.core.seeds import child_seed
from mlestar_jupyter.core.sequential import Wealth
from mlestar_jupyter.core.solution import Solution
from mlestar_jupyter.core.statistics import TestResult, t_test
from mlestar_jupyter.display.numbers import number, with_interval
from mlestar_jupyter.display.view import Section, View
from mlestar_jupyter.phases.refinement.result import Round
from mlestar_jupyter.phases.refinement.rounds import Asked, Turn, confirm, work_on
from mlestar_jupyter.phases.refinement.targeting import look_again, not_worked_on
from mlestar_jupyter.planners.base import Attempt, Proposal

if TYPE_CHECKING:
    import pandas as pd

Arm = Literal["targeted", "random block", "all at once", "off"]
ARMS: tuple[Arm, ...] = get_args(Arm)
_ATTEMPTS, _FITS_OF_ROUND, _LEVEL = 4, 40, 0.05  # four variants on five folds, and the test of the best


class Fits:
    """Counts the fits that were made, those from the journal left out."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, event: Event) -> None:
        """Hear of an event."""
        self.count += isinstance(event, FoldDone) and not event.cached


class Start(Protocol):
    """Opens a run for one arm: the same foundation for all arms of a seed, and a journal of its own."""

    def __call__(self, seed: int, arm: Arm, fits: Fits, /) -> AbstractContextManager[Context]:
        """The context after foundation, with rows held out; `fits` hears of all fits from there on."""


@dataclass(frozen=True)
class Outcome:
    """What an arm came to.

    Parameters
    ----------
    table : str
    seed : int
    arm : str
    before, after : float
        Score on the rows held out.
    claimed : float
        Sum of the gains to expect of what was kept, by the folds that confirmed it.
    kept, fits : int
        Changes that were kept, and fits that were made.
    """

    table: str
    seed: int
    arm: Arm
    before: float
    after: float
    claimed: float
    kept: int
    fits: int


@dataclass(eq=False, repr=False)
class StudyResult(Result):
    """What each arm gained on rows held out, with the comparison of the targeted one with the others."""

    phase = "study"
    outcomes: list[Outcome]
    metric: Metric
    fits: int

    @property
    def table(self) -> pd.DataFrame:  # type: ignore[override]
        """One row an arm, seed and table."""
        import pandas as pd

        table = pd.DataFrame([asdict(o) for o in self.outcomes])
        return table.assign(gain=[self.metric.gain(o.after, o.before) for o in self.outcomes])

    def gains(self, arm: Arm) -> np.ndarray:
        """Gain on the rows held out, seed by seed."""
        return np.array([self.metric.gain(o.after, o.before) for o in self.outcomes if o.arm == arm])

    def comparisons(self) -> list[tuple[Arm, TestResult]]:
        """The targeted arm against each other one, paired by seed."""
        return [(arm, self._over(arm)) for arm in ARMS if arm != "targeted"]

    def _over(self, arm: Arm) -> TestResult:
        """Test what targeting gains over another arm."""
        return t_test(self.gains("targeted") - self.gains(arm), most=2 * self.metric.most_gain)

    @property
    def summary(self) -> str:
        """Whether targeting beat the other ways, as it is."""
        seeds = len({o.seed for o in self.outcomes})
        better = [arm for arm, test in self.comparisons() if test.low > 0]
        worse = [arm for arm, test in self.comparisons() if test.high < 0]
        text = f"Four ways to spend {self.fits} fits, over {seeds} seeds, judged by rows held out: "
        if better:
            text += f"targeted refinement is better than {' and '.join(better)}. "
        if worse:
            text += f"Targeted refinement is worse than {' and '.join(worse)}. "
        if not better and not worse:
            text += "there is no clear difference between targeted refinement and the others. "
        return text.rstrip()

    def view(self) -> View:
        """Show the arms, the comparisons and every single run."""
        import pandas as pd

        rows = []
        for arm in ARMS:
            mine, gain = [o for o in self.outcomes if o.arm == arm], t_test(self.gains(arm), most=self.metric.most_gain)
            rows.append(
                {
                    "way": arm,
                    "gain on rows held out [95 %]": with_interval(gain.mean, gain.low, gain.high, signed=True),
                    "changes kept": f"{np.mean([o.kept for o in mine]):.1f}",
                    "gain claimed": number(float(np.mean([o.claimed for o in mine])), signed=True),
                    "fits": f"{np.mean([o.fits for o in mine]):.0f}",
                }
            )
        against = [
            {"targeted against": arm, "difference [95 %]": with_interval(t.mean, t.low, t.high, signed=True)}
            for arm, t in self.comparisons()
        ]
        text = (
            f"Gain in {self.metric.label}. The fits of the ablation count as the targeted arm's. "
            "A change is kept by the same test in all arms."
        )
        sections = (
            Section("What each way gained", text, pd.DataFrame(rows, dtype=object)),
            Section("Does targeting pay?", "Paired by seed.", pd.DataFrame(against, dtype=object)),
            Section("Every run", table=self.table, folded=True),
        )
        return View("Attribution study", self.summary, sections)

    def to_dict(self) -> dict[str, object]:
        """Plain values for ``report.json``."""
        return {"phase": self.phase, "fits": self.fits, "outcomes": [asdict(o) for o in self.outcomes]}


def attribution(start: Start, table: str, metric: Metric, seeds: int, fits: int) -> StudyResult:
    """Run all arms for every seed; each goes on until it has made so many fits."""
    outcomes = [_run(start, table, seed, arm, fits) for seed in range(seeds) for arm in ARMS]
    return StudyResult(outcomes, metric, fits)


def _run(start: Start, table: str, seed: int, arm: Arm, most: int) -> Outcome:
    fits = Fits()
    with start(seed, arm, fits) as context:
        ended = context.slot(Outcome)
        if ended.value is not None:
            return ended.value
        solution, _ = context.solution()
        turns = _turns(context, arm, fits, most)
        kept = [t.kept.candidate.solution for t in turns if t.kept is not None]
        claimed = sum(t.confirmation.expected for t in turns if t.kept is not None and t.confirmation is not None)
        before = _on_holdout(context, solution)
        after = _on_holdout(context, kept[-1]) if kept else before
        outcome = Outcome(table, seed, arm, before, after, float(claimed), len(kept), fits.count)
        return ended.keep(outcome)


def _turns(context: Context, arm: Arm, fits: Fits, most: int) -> list[Turn]:
    """Rounds until the fits are spent, or no block has a further variant."""
    if arm == "off":
        return []
    (solution, score), generator = context.solution(), np.random.default_rng(child_seed(context.seed, "study"))
    planned = max(1, most // _FITS_OF_ROUND)
    wealth, turns, rounds = Wealth.of(_LEVEL), list[Turn](), list[Round]()
    spent_blocks, known = set[str](), defaultdict[str, list[Attempt]](list)
    ranking = look_again(context, solution, score, PIPELINE_BLOCKS) if arm == "targeted" else None
    while fits.count < most and len(spent_blocks) < len(PIPELINE_BLOCKS):
        limit = wealth.limit(planned - len(rounds))
        able = [b for b in PIPELINE_BLOCKS if b not in spent_blocks]
        if ranking is not None:
            block = next((b for b in not_worked_on(ranking, rounds) if b in able), able[0])
        else:
            block = str(generator.choice(able))
        earlier = [a for t in turns for a in t.attempts if a.proposal.block == block]
        asked = Asked(block, _ATTEMPTS, limit, 0.0, earlier, "")
        if arm == "all at once":
            turn = _all_at_once(context, solution, score, asked, known)
        else:
            turn = work_on(context, solution, score, asked)
        wealth = turn.spent_from(wealth, limit)
        if not turn.attempts:
            spent_blocks |= set(PIPELINE_BLOCKS) if arm == "all at once" else {block}
        if turn.kept is not None:
            solution, score = turn.kept.candidate.solution, turn.kept
            spent_blocks.clear()
            known.clear()
            if ranking is not None:
                ranking = look_again(context, solution, score, PIPELINE_BLOCKS)
        turns.append(turn)
        rounds.append(Round(block, "", len(turn.attempts), limit, turn.outcome))
    return turns


def _all_at_once(
    context: Context, solution: Solution, score: Scored, asked: Asked, known: dict[str, list[Attempt]]
) -> Turn:
    """Variants that change every block that has a further one; kept by the same test. Adds to what is known."""
    attempts: list[Attempt] = []
    planner, task = context.planner, context.dataset.task
    for _ in range(asked.attempts):
        parts = [p for b in PIPELINE_BLOCKS for p in planner.propose(task, solution, b, known[b], 1)]
        if not parts:
            break
        changed = solution
        for part in parts:
            changed = changed.with_block(part.block, part.source)
        label = ", ".join(f"{p.block}: {p.label}" for p in parts)
        candidate = context.candidate(changed, label, "all blocks at once", "refinement", parent=solution)
        (evaluation,) = context.evaluator.evaluate([candidate], context.budget, at_least=1)
        test = paired_test(evaluation, score, context.dataset.task.metric) if isinstance(evaluation, Scored) else None
        gain, p = (None, None) if test is None else (test.mean, test.p_value)
        for part in parts:
            known[part.block].append(Attempt(part, evaluation, gain, p, kept=False, test=test))
        attempts.append(Attempt(Proposal("model", "", label, ""), evaluation, gain, p, kept=False, test=test))
    winner, confirmation = confirm(context, solution, attempts, asked)
    if winner is None or confirmation is None or not confirmation.kept:
        return Turn(attempts, confirmation)
    assert isinstance(winner.evaluation, Scored)
    return Turn(attempts, confirmation, winner.evaluation)


def _on_holdout(context: Context, solution: Solution) -> float:
    """Fit on all rows outside of the holdout, and score on it."""
    rows = context.dataset.holdout.open("attribution study")
    assert rows is not None
    result = context.evaluator.fits.fit_predict(solution, context.dataset.development, rows, is_last=True)
    if not isinstance(result, Fitted) or result.predictions is None:
        raise not_fitted(solution, len(context.dataset.development), result)
    return context.dataset.task.metric.score(rows.y, result.predictions)
