"""Ensemble: combine scored solutions by their out-of-fold predictions; kept only when better beyond noise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from mlestar_jupyter.core.evaluation import Scored
from mlestar_jupyter.core.metric import Metric
from mlestar_jupyter.core.solution import Solution
from mlestar_jupyter.core.statistics import TestResult, corrected_t_test, holm
from mlestar_jupyter.display.figures import interval_figure
from mlestar_jupyter.display.numbers import p_value, with_interval
from mlestar_jupyter.display.view import Section, View
from mlestar_jupyter.ensembles.combination import Combined, combine
from mlestar_jupyter.errors import unknown
from mlestar_jupyter.phases.base import Context, Result
from mlestar_jupyter.phases.settings import EnsembleSettings

if TYPE_CHECKING:
    import pandas as pd

STRATEGIES = ("mean", "greedy", "stacking")
_SIGNIFICANT = 0.05
_POOL = 12
_MAX_CLASSES_OF_ONE_KIND = 2


@dataclass(frozen=True, eq=False)
class Combination:
    """One strategy with its members, its score on rows that the weights did not see, and its gain."""

    strategy: str
    members: tuple[Scored, ...]
    weights: tuple[float, ...]
    score: float
    test: TestResult
    p_adjusted: float
    evaluation: Scored


@dataclass(eq=False, repr=False)
class EnsembleResult(Result):
    """The combinations against the best single solution, and which one was kept."""

    phase = "ensemble"
    combinations: list[Combination]
    single: Scored
    kept: Combination | None
    metric: Metric
    diversity: pd.DataFrame
    skipped: tuple[str, ...] = ()
    blocks: tuple[str, ...] = ()

    @property
    def table(self) -> pd.DataFrame:  # type: ignore[override]
        """One row a strategy."""
        import pandas as pd

        rows = [{"strategy": "best single", "score": self.single.score, "members": self.single.candidate.label}]
        for c in self.combinations:
            weights = c.weights or tuple(np.nan for _ in c.members)
            names = [
                m.candidate.label if np.isnan(w) else f"{m.candidate.label} ({w:.2f})"
                for m, w in zip(c.members, weights, strict=True)
            ]
            rows.append(
                {
                    "strategy": c.strategy,
                    "score": c.score,
                    "gain": c.test.mean,
                    "low": c.test.low,
                    "high": c.test.high,
                    "p (Holm)": c.p_adjusted,
                    "kept": "kept" if c is self.kept else "",
                    "members": ", ".join(names),
                }
            )
        columns = ["strategy", "score", "gain", "low", "high", "p (Holm)", "kept", "members"]
        return pd.DataFrame(rows).reindex(columns=columns)

    def view(self) -> View:
        """Show the comparison, and how far the members' errors agree."""
        label = self.metric.label
        if self.kept is not None:
            summary = (
                f"Kept the {self.kept.strategy} ensemble of {len(self.kept.members)}: {label} "
                f"{self.single.score:.4g} → {self.kept.score:.4g} ({self.metric.direction})."
            )
        else:
            summary = "No combination beats the best single solution beyond noise; "
            summary += f"it stays, {label} {self.single.score:.4g}."
        sections: list[Section] = []
        if self.combinations:
            sections.append(self._comparison())
            sections += self._members()
        if len(self.diversity):
            text = "Correlation of the members' errors: the lower, the more they can help each other."
            sections.append(Section("Diversity", text, self.diversity, folded=True))
        if self.skipped:
            sections.append(Section("Left out", lines=tuple(("info", s) for s in self.skipped)))
        return View("Ensemble", summary, tuple(sections))

    def _comparison(self) -> Section:
        """Chart and table of the gains over the best single solution."""
        import pandas as pd

        label = self.metric.label
        tests = [c.test for c in self.combinations]
        figure = interval_figure(
            [c.strategy for c in self.combinations],
            [t.mean for t in tests],
            [t.low for t in tests],
            [t.high for t in tests],
            x_label=f"gain in {label} over the best single solution",
            strong=[c is self.kept for c in self.combinations],
            zero=True,
        )
        rows: list[dict[str, object]] = [
            {"strategy": "best single", "": "✓ kept" if self.kept is None else "–", label: f"{self.single.score:.4f}"}
        ]
        rows += [
            {
                "strategy": c.strategy,
                "": "✓ kept" if c is self.kept else "– not kept",
                label: f"{c.score:.4f}",
                "gain [95 %]": with_interval(c.test.mean, c.test.low, c.test.high, signed=True),
                "after Holm": p_value(c.p_adjusted),
            }
            for c in self.combinations
        ]
        alt = "; ".join(f"{c.strategy} {c.test.mean:.3g}" for c in self.combinations)
        text = "Each fold is scored with weights learned on the other folds (filled: kept)."
        return Section("Combinations", text, pd.DataFrame(rows), figure, alt)

    def _members(self) -> list[Section]:
        """The members of each combination with their weights; what was kept, or gained most, is open."""
        import pandas as pd

        shown = self.kept or max(self.combinations, key=lambda c: c.test.mean)
        sections = []
        for c in sorted(self.combinations, key=lambda c: c is not shown):
            members = {
                "member": [m.candidate.label for m in c.members],
                "id": [m.candidate.id for m in c.members],
                self.metric.label: [f"{m.score:.4f}" for m in c.members],
            }
            text = "" if c.weights else "The weights are learned anew in every fit, by a model over the members."
            table = pd.DataFrame(members | ({"weight": list(c.weights)} if c.weights else {}))
            heading = f"Members of {c.strategy}"
            sections.append(Section(heading, text, table, folded=c is not shown, meters=("weight",)))
        return sections

    def to_dict(self) -> dict[str, Any]:
        """Plain values for ``report.json``."""
        combinations = [
            {
                "strategy": c.strategy,
                "score": c.score,
                "gain": c.test.mean,
                "p_holm": c.p_adjusted,
                "members": [m.candidate.id for m in c.members],
                "weights": list(c.weights),
                "kept": c is self.kept,
            }
            for c in self.combinations
        ]
        return {"phase": self.phase, "single": self.single.score, "combinations": combinations}


def run(context: Context, settings: EnsembleSettings) -> EnsembleResult:
    """Combine the best and most different solutions in several ways; keep the best when it is better for sure."""
    for strategy in settings.strategies:
        if strategy not in STRATEGIES:
            raise unknown("strategy", strategy, STRATEGIES)
    _, score = context.solution()
    if score.candidate.solution.members:
        score = next(m for m in context.state.members if m.candidate.id == score.candidate.solution.single().id)
    pool = _pool(context, score)
    task = context.dataset.task
    usable = [m for m in pool if not task.is_classification or m.predictions.probabilities is not None]
    metric = task.metric
    skipped: list[str] = []
    if len(usable) < 2 or score not in usable:  # noqa: PLR2004
        reason = "Fewer than two solutions with probabilities were scored on these folds."
        return EnsembleResult([], score, None, metric, _diversity([], context), (reason,))
    found: list[Combination | None] = []
    for strategy in settings.strategies:
        if context.budget.exhausted() and found:
            skipped.append(f"{strategy} was not tried: time was up")
            continue
        context.budget.charge(1)
        found.append(_combination(context, strategy, usable, score, settings.members))
        if found[-1] is None:
            skipped.append(f"{strategy} does not apply to this task")
    combinations = _adjust([c for c in found if c is not None])
    kept = max(
        (c for c in combinations if c.test.mean > 0 and c.p_adjusted < _SIGNIFICANT),
        key=lambda c: c.test.mean,
        default=None,
    )
    blocks: tuple[str, ...] = ()
    if kept is not None:
        context.state.solution, context.state.score = kept.evaluation.candidate.solution, kept.evaluation
        blocks = ("ensemble",)
    shown = list(kept.members) if kept is not None else usable[: settings.members]
    return EnsembleResult(combinations, score, kept, metric, _diversity(shown, context), tuple(skipped), blocks)


def _pool(context: Context, lead: Scored) -> list[Scored]:
    """The best scored solutions on the lead's folds, each once, the lead first; few of one model block."""
    metric = context.dataset.task.metric
    comparable = [
        m
        for m in context.state.members
        if len(m.fold_scores) == len(lead.fold_scores)
        and m.candidate.solution.blocks["validation"] == lead.candidate.solution.blocks["validation"]
        and not m.candidate.solution.members
    ]
    ordered = sorted(comparable, key=lambda m: -metric.gain(m.score, 0.0))
    found, seen, kinds = [lead], {lead.candidate.solution.fit_id}, {lead.candidate.solution.blocks["model"]: 1}
    for member in ordered:
        solution = member.candidate.solution
        kind = solution.blocks["model"]
        if solution.fit_id in seen or kinds.get(kind, 0) >= _MAX_CLASSES_OF_ONE_KIND:
            continue
        seen.add(solution.fit_id)
        kinds[kind] = kinds.get(kind, 0) + 1
        found.append(member)
    return found[:_POOL]


def _combination(
    context: Context, strategy: str, pool: Sequence[Scored], lead: Scored, limit: int
) -> Combination | None:
    """Combine by one strategy; None when it does not apply to the task."""
    task, y = context.dataset.task, context.dataset.development.y
    folds = context.evaluator.folds(lead.candidate.solution)
    members = list(pool[: min(3, limit)] if strategy == "mean" else pool[:limit])
    if strategy == "greedy":
        everyone = combine(strategy, [m.predictions for m in pool], y, folds, task.metric)
        chosen = sorted(range(len(pool)), key=lambda i: -everyone.weights[i])[:limit]
        members = [pool[i] for i in sorted(chosen) if everyone.weights[i] > 0]
        if lead not in members:
            members = [lead, *members][:limit]
    combined = combine(strategy, [m.predictions for m in members], y, folds, task.metric)
    members, combined = _used(members, combined)
    if len(members) < 2:  # noqa: PLR2004
        return None
    source = context.planner.combine(task, combined.weights, strategy)
    if source is None:
        return None
    evaluation = _evaluation(context, strategy, members, combined, source, lead)
    gains = [task.metric.gain(n, o) for n, o in zip(combined.fold_scores, lead.fold_scores, strict=True)]
    test = corrected_t_test(gains, lead.n_train, lead.n_test)
    return Combination(strategy, tuple(members), combined.weights, evaluation.score, test, test.p_value, evaluation)


def _used(members: list[Scored], combined: Combined) -> tuple[list[Scored], Combined]:
    """Leave out members of weight 0."""
    if not combined.weights or all(w > 0 for w in combined.weights):
        return members, combined
    kept = [(m, w) for m, w in zip(members, combined.weights, strict=True) if w > 0]
    return [m for m, _ in kept], Combined(combined.fold_scores, combined.predictions, tuple(w for _, w in kept))


def _evaluation(
    context: Context, strategy: str, members: Sequence[Scored], combined: Combined, source: str, lead: Scored
) -> Scored:
    """Put the ensemble on record as a candidate, with the score that unseen weights gave it."""
    solutions = tuple(m.candidate.solution.single() for m in members)
    solution = Solution.of({**solutions[0].blocks, "ensemble": source}, solutions)
    reason = f"{strategy} over " + ", ".join(m.candidate.label for m in members)
    candidate = context.candidate(
        solution, f"{strategy} ensemble", reason, "ensemble", parent=lead.candidate.solution, block="ensemble"
    )
    scored = Scored(
        candidate,
        combined.fold_scores,
        combined.predictions,
        sum(m.fit_seconds for m in members),
        sum(m.predict_seconds for m in members),
        max(m.peak_mb for m in members),
        lead.n_train,
        lead.n_test,
    )
    context.evaluator.record(context.journal.add_candidate(candidate), scored, 1)
    return scored


def _adjust(combinations: list[Combination]) -> list[Combination]:
    """Account for the number of strategies tried (Holm)."""
    from dataclasses import replace

    adjusted = holm([c.test.p_value for c in combinations])
    return [replace(c, p_adjusted=p) for c, p in zip(combinations, adjusted, strict=True)]


def _diversity(members: Sequence[Scored], context: Context) -> pd.DataFrame:
    """Correlation of the members' errors on the rows that all of them predicted."""
    import pandas as pd

    if not members:
        return pd.DataFrame()
    y = context.dataset.development.y
    errors = {}
    for member in members:
        p = member.predictions
        if p.probabilities is None:
            errors[member.candidate.label] = p.values - y
        else:
            errors[member.candidate.label] = 1 - p.probabilities[np.arange(len(y)), y.astype(int)]
    table = pd.DataFrame(errors).dropna().corr().round(3)
    return table.reset_index(names="errors of")
