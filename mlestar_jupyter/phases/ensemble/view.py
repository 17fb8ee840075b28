"""How the ensemble phase shows what it found."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mlestar_jupyter.core.evaluation import Failed, Scored
from mlestar_jupyter.display.figures import interval_figure, reliability_figure
from mlestar_jupyter.display.numbers import number, p_value, with_interval
from mlestar_jupyter.display.view import Section, View
from mlestar_jupyter.ensembles.conformal import Uncertainty

if TYPE_CHECKING:
    from mlestar_jupyter.ensembles.quality import Quality
    from mlestar_jupyter.phases.ensemble.result import Combination, EnsembleResult


def ensemble_view(result: EnsembleResult) -> View:
    """Lay out the comparison, the members, what is known of the probabilities, and what was left out."""
    sections: list[Section] = []
    if result.combinations:
        sections += [_comparison(result), *_members(result), _trust(result)]
    if result.plans:
        sections.append(_plans(result))
    quality = result.kept.quality if result.kept is not None else result.quality
    if quality is not None:
        sections += _calibration(result, quality)
        sections += _uncertainty(result, quality)
    if len(result.diversity):
        text = "Correlation of the members' errors: the lower, the more they can help each other."
        sections.append(Section("Diversity", text, result.diversity, folded=True))
    if result.skipped:
        sections.append(Section("Left out", lines=tuple(("info", s) for s in result.skipped), folded=True))
    return View("Ensemble", result.summary, tuple(sections))


def _comparison(result: EnsembleResult) -> Section:
    """Chart and table of the gains over the best single solution."""
    import pandas as pd

    label, combinations = result.metric.label, result.combinations
    tests = [c.test for c in combinations]
    figure = interval_figure(
        [c.strategy for c in combinations],
        [t.mean for t in tests],
        [t.low for t in tests],
        [t.high for t in tests],
        x_label=f"gain in {label} over a single solution, chosen without the fold",
        strong=[c is result.kept for c in combinations],
        zero=True,
    )
    is_kept = result.kept is None and result.stays is None
    single = {"strategy": "best single", "": "✓ used" if is_kept else "–"}
    rows = [single | {label: f"{result.single.score:.4f}", "row ms": _milliseconds(result.single)}]
    if result.stays is not None:
        rows.append({"strategy": "present solution", "": "✓ used", label: f"{result.stays.score:.4f}"})
    rows += [_gain(c, label, is_kept=c is result.kept) for c in combinations]
    alt = "; ".join(f"{c.strategy} {number(c.test.mean, 3)}" for c in combinations)
    text = (
        "Each fold is scored with what was learned on the other folds (filled: used). Used is what has the best "
        "expected score; whether that is proven stands beside it, allowing for the strategies before it."
    )
    if result.choice is not None:
        choice = result.choice
        text += " The choice itself, made on the other folds in each fold, gains "
        text += f"{with_interval(choice.mean, choice.low, choice.high, signed=True)}."
    return Section("Combinations", text, pd.DataFrame(rows).fillna(""), figure, alt)


def _plans(result: EnsembleResult) -> Section:
    """What a chat model planned, in its words, with the score or the failure of each."""
    import pandas as pd

    rows = [
        {
            "plan": p.number,
            "in the model's words": p.plan,
            "id": p.evaluation.candidate.id,
            result.metric.label: "✗ failed" if isinstance(p.evaluation, Failed) else f"{p.evaluation.score:.4f}",
            "why": p.evaluation.reason if isinstance(p.evaluation, Failed) else "",
        }
        for p in result.plans
    ]
    text = "Planned and written by the chat model, fitted in every fold; the best stands among the combinations."
    return Section("Plans of the model", text, pd.DataFrame(rows, dtype=object))


def _gain(c: Combination, label: str, *, is_kept: bool) -> dict[str, str]:
    """Cells on the gain of a combination."""
    return {
        "strategy": c.strategy,
        "": "✓ used" if is_kept else "– not used",
        label: f"{c.score:.4f}",
        "gain [95 %]": with_interval(c.test.mean, c.test.low, c.test.high, signed=True),
        "proven": c.verdict,
        "in sequence": p_value(c.p_adjusted),
        "folds better": c.folds_better,
        "error correlation": f"{c.correlation:.2f}",
        "row ms": _milliseconds(c.evaluation),
    }


def _milliseconds(evaluation: Scored) -> str:
    return "" if evaluation.row_ms is None else f"{evaluation.row_ms:.1f}"


def _trust(result: EnsembleResult) -> Section:
    """Calibration and coverage of each combination, in one table."""
    import pandas as pd

    named = [("best single", result.quality), *((c.strategy, c.quality) for c in result.combinations)]
    rows = [{"strategy": name} | _evidence(quality) for name, quality in named if quality is not None]
    text = "On rows that were not learned from; an arrow leads to what the best calibration makes of it."
    return Section("Calibration and coverage", text, pd.DataFrame(rows).fillna(""), folded=True)


def _evidence(quality: Quality) -> dict[str, str]:
    """Cells on calibration and uncertainty."""
    found: dict[str, str] = {}
    before, after = quality.before, quality.after
    if before is not None and after is not None:
        found["Brier"], found["calibration error"] = f"{before.brier:.4f}", f"{before.error:.4f}"
        found["calibration"] = quality.calibration
        if quality.calibrations:
            found["Brier"] += f" → {after.brier:.4f}"
            found["calibration error"] += f" → {after.error:.4f}"
    if quality.uncertainties:
        best = quality.uncertainties[0]
        found[f"{_thing(best)} at {best.stated:.0%}"] = f"{number(best.size)} ({best.coverage:.1%} covered)"
    return found


def _thing(uncertainty: Uncertainty) -> str:
    return "classes in a set" if uncertainty.method in ("LAC", "APS") else "interval's width"


def _members(result: EnsembleResult) -> list[Section]:
    """The members of each combination with what they count for; what was kept, or gained most, is open."""
    shown = result.kept or max(result.combinations, key=lambda c: c.test.mean)
    ordered = sorted(result.combinations, key=lambda c: c is not shown)
    return [_members_of(c, result.metric.label, is_open=c is shown) for c in ordered]


def _members_of(c: Combination, label: str, *, is_open: bool) -> Section:
    import pandas as pd

    columns: dict[str, object] = {
        "member": [m.candidate.label for m in c.members],
        "id": [m.candidate.id for m in c.members],
        label: [f"{m.score:.4f}" for m in c.members],
    }
    mean, low, high = c.shares
    text = ""
    if not c.tells_shares:
        text = "How they are combined stands in the block."
    elif c.weights:
        columns["weight"] = np.round(c.weights, 2)
    elif c.counts == "coefficient":
        text = "Coefficients of a meta-learner, which is fitted anew in every fit."
        columns["coefficient"] = [f"{v:.2f}" for v in mean]
    else:
        text = "What a member counts for differs from row to row; it is learned anew in every fit."
        columns["weight"] = np.round(np.clip(mean, 0, 1), 2)
        columns["in most rows"] = [f"{a:.2f} to {b:.2f}" for a, b in zip(low, high, strict=True)]
    if c.tells_shares:
        columns["over the folds"] = [f"± {s:.2f}" for s in c.fold_shares.std(axis=0)]
    columns |= {name: [f"{w:.2f}" for w in weights] for name, weights in c.alternatives.items()}
    heading = f"Members of {c.strategy}"
    meters = ("weight",) if "weight" in columns else ()
    return Section(heading, text, pd.DataFrame(columns), folded=not is_open, meters=meters)


def _calibration(result: EnsembleResult, quality: Quality) -> list[Section]:
    """Reliability of the kept combination's probabilities, or of the best single solution's."""
    import pandas as pd

    before, after = quality.before, quality.after
    if before is None or after is None:
        return []
    text = f"Of {_whose(result)}, on rows that it did not see: expected calibration error {before.error:.4f}"
    curves = {"before": before.reliability}
    if quality.calibrations:
        text += f", and {after.error:.4f} after calibration ({quality.calibration})"
        curves["after"] = after.reliability
    tried = [
        {
            "calibration": c.method,
            "": "✓ used" if c.is_offered else "– not used",
            "gain in Brier": f"{c.gain:+.5f}",
            "after Holm": p_value(c.p_value),
        }
        for c in quality.calibrations
    ]
    figure = reliability_figure({name: (c.predicted.tolist(), c.observed.tolist()) for name, c in curves.items()})
    pairs = zip(after.reliability.predicted, after.reliability.observed, strict=True)
    alt = "predicted and observed: " + "; ".join(f"{p:.2f} {o:.2f}" for p, o in pairs)
    table = pd.DataFrame(tried) if tried else None
    return [Section("Reliability", f"{text}.", table, figure, alt, folded=True)]


def _whose(result: EnsembleResult) -> str:
    return "the best single solution" if result.kept is None else f"the {result.kept.strategy} ensemble"


def _uncertainty(result: EnsembleResult, quality: Quality) -> list[Section]:
    """Intervals or sets with stated and measured coverage."""
    import pandas as pd

    if not quality.uncertainties:
        return []
    rows = []
    for u in quality.uncertainties:
        row = {
            "method": u.method,
            "stated": f"{u.stated:.0%}",
            "measured": f"{u.coverage:.1%}",
            "worst to best fold": f"{u.lowest:.1%} to {u.highest:.1%}",
            _thing(u): number(u.size),
            "quantile": number(u.quantile),
        }
        if u.uncalibrated is not None:
            row["without conformal step"] = f"{u.uncalibrated:.1%}"
        rows.append(row)
    text = f"Conformal prediction for {_whose(result)}; each fold's coverage is that of the other folds' quantile."
    return [Section("Uncertainty", text, pd.DataFrame(rows).fillna(""), folded=True)]
