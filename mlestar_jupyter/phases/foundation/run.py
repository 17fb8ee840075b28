"""Foundation: look at the data, compare baselines and approaches on the same folds, choose the first solution."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from mlestar_jupyter.attempts.context import Context, Result, comparison_table
from mlestar_jupyter.attempts.racing import race
from mlestar_jupyter.core.candidate import Candidate
from mlestar_jupyter.core.evaluation import Evaluation, Failed, Scored, scored
from mlestar_jupyter.core.metric import Metric
from mlestar_jupyter.core.refit import longest_refit_seconds
from mlestar_jupyter.core.sampling import sample_sentence
from mlestar_jupyter.core.solution import Solution
from mlestar_jupyter.data.profile import Profile, profile
from mlestar_jupyter.display.figures import scores_figure
from mlestar_jupyter.display.numbers import with_interval
from mlestar_jupyter.display.view import Section, View
from mlestar_jupyter.errors import ExecutionError
from mlestar_jupyter.families.groups import family
from mlestar_jupyter.phases.foundation.drafting import (
    candidate_of_draft,
    drafts_of_ideas,
    mend_drafts,
    merge_drafts,
    record_unfit,
)
from mlestar_jupyter.phases.foundation.settings import FoundationSettings
from mlestar_jupyter.phases.refinement.rounds import affordable_attempts
from mlestar_jupyter.phases.search.ideas import find_ideas
from mlestar_jupyter.phases.search.run import SearchResult
from mlestar_jupyter.phases.search.settings import SearchSettings
from mlestar_jupyter.planners.base import Draft

if TYPE_CHECKING:
    import pandas as pd

_BEFORE_THE_RACE = 2  # the trivial baseline, which every model must beat, and the linear one
_LEADERS, _OF_EACH_LEADER = 3, 4  # a batch of sampled settings, at most
_SHARE_GOING_ON = 0.5  # of a batch, beyond the first fold
_MANY = 1_000


@dataclass(frozen=True)
class _Batch:
    """Settings of each leader that the time bore, and the later phases whose time went into it and those before."""

    each: int
    took_over: list[str]


@dataclass(eq=False, repr=False)
class FoundationResult(Result):
    """The data analysis, the comparison, and the solution that was chosen."""

    phase = "foundation"
    profile: Profile
    evaluations: list[Evaluation]
    best: Scored
    metric: Metric
    planned: int
    blocks: tuple[str, ...] = ()
    sample: str = ""
    """Which rows of a large table the solutions were compared on, in a sentence; empty: all."""
    took_over: tuple[str, ...] = ()

    @property
    def table(self) -> pd.DataFrame:  # type: ignore[override]
        """One row a candidate, in the order in which they were tried."""
        table = comparison_table(self.evaluations)
        authors = [e.candidate.author for e in self.evaluations]
        if "model" in authors:
            table.insert(2, "author", authors)
        if self.sample:
            table.insert(
                list(table.columns).index("fit s"),
                "rows",
                [float(e.n_train) if isinstance(e, Scored) else None for e in self.evaluations],
            )
        return table

    @property
    def summary(self) -> str:
        """Which solution is the best, and its score."""
        dropped = sum(isinstance(e, Failed) and e.kind == "dropped" for e in self.evaluations)
        text = (
            f"Best of {len(self.evaluations) - dropped} solutions on the same folds: {self.best.candidate.label}, "
            f"{self.metric.label} {self.best.score:.4g} ± {self.best.spread:.2g} ({self.metric.direction})."
        )
        if dropped:
            text += f" {dropped} more were dropped after their first fold."
        if len(self.evaluations) < self.planned:
            text += f" Time ended the list {self.planned - len(self.evaluations)} short."
        if self.took_over:
            text += (
                f" Time meant for {', '.join(self.took_over)}, too short there for an attempt and its test, went here."
            )
        return f"{text} {self.sample}".rstrip()

    def view(self) -> View:
        """Show the analysis, then the comparison."""
        ranked = sorted(scored(self.evaluations), key=lambda e: -self.metric.gain(e.score, 0.0))
        alt = ", ".join(f"{s.candidate.label} {s.score:.4g}" for s in ranked)
        text = f"Mean {self.metric.label} over the folds with its 95 % interval; all on the same folds."
        chart = Section("Comparison", text, self._shown(), scores_figure(ranked, self.metric), alt)
        return View("Foundation", self.summary, (chart, *self._analysis()))

    def _shown(self) -> pd.DataFrame:
        """The comparison for reading: the best on top, the failed ones last."""
        table = self.table.rename(columns={"fit s": "seconds"})
        order = table["score"].sort_values(ascending=not self.metric.greater_is_better, na_position="last").index
        table = table.loc[order]
        spans = zip(table["score"], table["low"], table["high"], table["why"], strict=True)
        table["score"] = [
            why.partition(":")[0] if score != score else with_interval(score, low, high)
            for score, low, high, why in spans
        ]
        return table.drop(columns=["low", "high"])

    def _analysis(self) -> list[Section]:
        """The data analysis in brief: issues and chart at hand, tables folded."""
        view = self.profile.view()
        issues = tuple(line for s in view.sections for line in s.lines)
        sections = [Section("Data analysis", view.summary, lines=issues)]
        for section in view.sections:
            if section.figure is not None:
                sections.append(Section(figure=section.figure, alt=section.alt))
            elif not section.lines:
                sections.append(replace(section, folded=True))
        return sections

    def to_dict(self) -> dict[str, Any]:
        """Plain values for ``report.json``."""
        return {
            "phase": self.phase,
            "best": self.best.candidate.id,
            "score": self.best.score,
            "sample": self.sample,
            "profile": self.profile.to_dict(),
            "candidates": [_plain(e) for e in self.evaluations],
        }


def _plain(evaluation: Evaluation) -> dict[str, Any]:
    known = {"id": evaluation.candidate.id, "label": evaluation.candidate.label}
    if isinstance(evaluation, Failed):
        return known | {evaluation.verdict: evaluation.reason}
    return known | {"score": evaluation.score, "fold_scores": list(evaluation.fold_scores)}


def run(context: Context, settings: FoundationSettings) -> FoundationResult:
    """Analyse the data, evaluate the drafts in order, and make the best one the solution.

    Raises
    ------
    ExecutionError
        When no draft could be scored.
    """
    analysis = profile(context.dataset)
    known = _drafts(context, settings)
    drafts = known[: max(settings.candidates, 1)]
    made = [candidate_of_draft(context, d) for d in drafts]
    candidates = list({c.id: c for c in made if isinstance(c, Candidate)}.values())
    # on a sample of a large table only the trivial one is sure to be quick
    evaluations = race(context, candidates, 1 if context.dataset.task.n_sample else _BEFORE_THE_RACE)
    evaluations += record_unfit(context, made)
    evaluations += mend_drafts(context, evaluations, settings.repairs)
    evaluations += merge_drafts(context, evaluations, settings)
    took_over: tuple[str, ...] = ()
    if len(drafts) == len(known):  # who limits the list wants no longer one
        sampled, took_over = _sampled(context, settings, evaluations)
        evaluations += sampled
    found = scored(evaluations)
    winner = context.evaluator.best(evaluations)
    if winner is None:
        first = next(e for e in evaluations if isinstance(e, Failed) and e.kind != "dropped")
        raise ExecutionError(
            f"All {len(evaluations)} solutions failed; the first: {first.reason}.",
            mend="Look at the data analysis, or raise --timeout.",
        )
    state = context.state
    state.solution, state.score = winner.candidate.solution, winner
    state.baseline = found[0]
    state.members = found
    return FoundationResult(
        analysis,
        evaluations,
        winner,
        context.dataset.task.metric,
        len({*candidates, *(e.candidate for e in evaluations)}),
        _pipeline(winner.candidate.solution),
        sample_sentence(context.dataset.task),
        took_over,
    )


def _sampled(
    context: Context, settings: FoundationSettings, evaluations: Sequence[Evaluation]
) -> tuple[list[Evaluation], tuple[str, ...]]:
    """While time is left: other settings of the models that lead, drawn from the ranges that suit them, in batches.

    Many settings of few good families, of which an ensemble takes the best, is what most wins on tables (TabArena,
    arXiv 2506.16791: LightGBM 1153 at its defaults, 1416 tuned and ensembled).

    Returns
    -------
    list of Evaluation, tuple of str
        And the phases whose time went into them.
    """
    found: list[Evaluation] = []
    took_over: tuple[str, ...] = ()
    leaders = _leaders(context, evaluations)
    for number in range(1, settings.batches + 1):
        known = partial(_next_batch, context, leaders, [*evaluations, *found], took_over)
        batch = context.measured(_Batch, known)
        took_over = tuple(batch.took_over)
        candidates = []
        for leader in leaders if batch.each else ():
            solution, label = leader.candidate.solution, leader.candidate.label
            for proposal in context.planner.sample(context.dataset.task, solution, batch.each, number):
                changed = solution.with_block(proposal.block, proposal.source)
                candidates.append(
                    context.candidate(changed, f"{label}: {proposal.label}", proposal.reason, "foundation")
                )
        if not candidates:
            break
        found += race(context, candidates, 0, most=_SHARE_GOING_ON)
    return found, took_over


def _next_batch(
    context: Context, leaders: Sequence[Scored], evaluations: Sequence[Evaluation], took_over: Sequence[str]
) -> _Batch:
    """How large a batch the time left bears: where it bears none, with the time that later phases have no use for."""
    each = _of_each(context, leaders)
    if each or took_over:
        return _Batch(each, list(took_over))
    taken = _take_over(context, evaluations)
    each = _of_each(context, leaders)
    return _Batch(each, taken if each else [])


def _of_each(context: Context, leaders: Sequence[Scored]) -> int:
    """How many settings of each leader the time left bears; 0 for no batch."""
    if context.budget.seconds_left() is None:
        return 0  # without a time limit the drafts are all
    alone = [context.affordable(e, _MANY) for e in leaders]
    if not alone or not all(alone):
        return 0
    return min(_OF_EACH_LEADER, int(1 / sum(_SHARE_GOING_ON / count for count in alone)))


def _take_over(context: Context, evaluations: Sequence[Evaluation]) -> list[str]:
    """Take the time of a refinement that could make no attempt in it: there, it would go unused."""
    phase, found, best = "refinement", scored(evaluations), context.evaluator.best(evaluations)
    if best is None or not context.later.get(phase):
        return []
    task, n_rows = context.dataset.task, len(context.dataset.whole)
    final = longest_refit_seconds(found, best, task.metric, n_rows, context.evaluator.workers)
    whole = sum(context.later.values())
    seconds = max(0.0, whole - final) * context.later[phase] / whole  # the final fit comes first
    if affordable_attempts(context, best.candidate.solution, best, within=seconds):
        return []
    context.budget.extend(seconds)
    return [phase]


def _leaders(context: Context, evaluations: Sequence[Evaluation]) -> list[Scored]:
    """The best solutions of the recipes, one a family of models: they know the ranges that suit them."""
    metric, best = context.dataset.task.metric, dict[str, Scored]()
    recipes = [e for e in scored(evaluations) if e.candidate.author == "planner"]
    for one in sorted(recipes, key=lambda e: -metric.gain(e.score, 0.0)):
        best.setdefault(family(one.candidate.solution), one)
    return list(best.values())[:_LEADERS]


def _pipeline(solution: Solution) -> tuple[str, ...]:
    return tuple(name for name in solution.blocks if name != "ensemble")


def _drafts(context: Context, settings: FoundationSettings) -> list[Draft]:
    """Baselines from trivial to strong, the chat model's, the searched approaches; the same solution counts once."""
    task, planner = context.dataset.task, context.planner
    searched = context.state.results.get("search")
    if isinstance(searched, SearchResult):
        approaches, ideas = searched.approaches, searched.ideas
    else:
        usual = SearchSettings()
        approaches = planner.approaches(task, settings.notes, usual.approaches)
        ideas = find_ideas(context, (), approaches, settings.notes, usual.models)
    baselines = planner.baselines(task)
    written = drafts_of_ideas(context, ideas, baselines[-1].solution, settings.notes)
    drafts = [*baselines, *written, *(planner.draft(task, a) for a in approaches)]
    unique = {d.solution.id: d for d in reversed(drafts) if d is not None}
    return [d for d in drafts if d is not None and unique.pop(d.solution.id, None) is not None]
