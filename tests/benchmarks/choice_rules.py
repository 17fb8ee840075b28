"""Which rule should choose what is used: the solution that is proven better, or the one that is expected to be?

Run: python tests/benchmarks/choice_rules.py --data FOLDER --results FILE [--seconds 20] [--seeds 3] [--tables churn,…]

FOLDER is laid out as for ``compare.py``. On three quarters of a table: a foundation of so many seconds; then every
strategy of the ensemble phase, as it would be offered there. All members are fitted on all of these rows, and each
choice that a rule could make is scored on the last quarter, which none of them saw. What was measured is added to the
results, a line a run; rules are compared from there, so that another rule costs no fit. Prints Markdown.
"""

import argparse
import json
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from compare_system import read

from mlestar_jupyter import Workflow
from mlestar_jupyter.attempts.context import Context
from mlestar_jupyter.core.evaluation import Scored
from mlestar_jupyter.core.executor import Fitted
from mlestar_jupyter.core.predictions import Predictions
from mlestar_jupyter.core.statistics import fixed_sequence, t_test
from mlestar_jupyter.core.task import Rows
from mlestar_jupyter.ensembles.base import as_predictions, stack
from mlestar_jupyter.ensembles.combination import combine
from mlestar_jupyter.ensembles.strategies import strategies
from mlestar_jupyter.phases.ensemble.comparison import Comparison
from mlestar_jupyter.phases.ensemble.members import able, alone, pool
from mlestar_jupyter.phases.ensemble.settings import EnsembleSettings
from mlestar_jupyter.runs.steps import Step

SIGNIFICANT, LOOSE, CLEARLY = 0.05, 0.2, 1.96


@dataclass(frozen=True)
class Choice:
    """What could be used: a single solution or a combination.

    Parameters
    ----------
    name : str
    gain, error : float
        On rows that it did not learn from, over a single solution that is chosen in the same way, and its standard
        error.
    over_best : float
        Over the best single solution by its own score, which looks better than it is.
    p_value : float
    members : int
    learns_in_fit : bool
    held_out : float
        Gain over the best single solution on the rows held out, as a share of what that gains over the constant.
    """

    name: str
    gain: float
    error: float
    over_best: float
    p_value: float
    members: int
    learns_in_fit: bool
    held_out: float


def main() -> None:
    """Measure what is missing, then compare the rules."""
    asked = read_arguments()
    catalog = {t["name"]: t for t in json.loads((asked.data / "catalog.json").read_text())}
    known = read_results(asked.results)
    for name in asked.tables or list(catalog):
        for seed in range(asked.seeds):
            if (name, seed) not in known:
                found = measure(asked.data / f"{name}.csv.gz", catalog[name], seed, asked.seconds)
                known[name, seed] = found
                with asked.results.open("a") as file:
                    file.write(json.dumps({"table": name, "seed": seed, "choices": [asdict(c) for c in found]}) + "\n")
                print(name, seed, [(c.name, round(c.held_out, 4)) for c in found], flush=True)
    print(report(known))


def read_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--results", type=Path, required=True)
    parser.add_argument("--tables", type=lambda s: s.split(","), default=None)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=20.0, help="of a foundation")
    return parser.parse_args()


def read_results(path: Path) -> dict[tuple[str, int], list[Choice]]:
    """Read what was measured before."""
    lines = path.read_text().splitlines() if path.exists() else []
    rows = [json.loads(line) for line in lines]
    return {(r["table"], r["seed"]): [Choice(**c) for c in r["choices"]] for r in rows}


# --- measuring ----------------------------------------------------------------------------------------------------


def measure(path: Path, info: dict, seed: int, seconds: float) -> list[Choice]:
    """Every choice of one run, scored on rows held out; the best single solution first."""
    with tempfile.TemporaryDirectory() as folder:
        workflow = Workflow(
            read(path, info), info["target"], name="rules", output=folder, time=info["time"],
            group=info["group"] or "none", test=0.25, seed=seed, timeout=seconds,
        )  # fmt: skip
        try:
            workflow.foundation()
            steps = workflow._steps
            context = steps.context_for(Step("phase", "ensemble", {}))
            rows = context.dataset.holdout.open("the comparison of rules")
            assert rows is not None
            return choices(context, rows)
        finally:
            workflow.close()


def choices(context: Context, sealed: Rows) -> list[Choice]:
    """Fit the members on all development rows, and score each choice on the sealed ones."""
    settings, present = EnsembleSettings(), alone(context)
    members = able(context, present)
    pooled = pool(members)
    metric, baseline = context.dataset.task.metric, context.state.baseline
    predicted = {m.candidate.id: on_sealed(context, m, sealed) for m in pooled}
    constant = metric.score(sealed.y, on_sealed(context, baseline, sealed))
    single = metric.score(sealed.y, predicted[pooled[0].candidate.id])
    unit = abs(metric.gain(single, constant)) or 1.0
    folds = context.evaluator.folds(pooled[0].candidate.solution)
    comparison = Comparison(context, settings, pooled, members, folds)
    found = [Choice("single", 0.0, 0.0, 0.0, 1.0, 1, learns_in_fit=False, held_out=0.0)]
    for strategy in strategies().values():
        combination = comparison.combination(strategy)
        if isinstance(combination, str):
            continue
        chosen = [m for m in strategy.members(pooled, members, settings.members) if m.candidate.id in predicted]
        known = comparison.known(chosen)
        combined = combine(strategy, known, folds, calibrate=True)
        stacked = stack([predicted[m.candidate.id] for m in chosen])
        values = combined.combiner.predict(stacked, places(comparison, sealed))
        if combination.quality.calibrator is not None:
            values = combination.quality.calibrator.apply(values)
        score = metric.score(sealed.y, as_predictions(values, known.form))
        test = combination.test
        found.append(
            Choice(
                strategy.name, test.mean, test.error, metric.gain(combination.score, pooled[0].score), test.p_value, len(combination.members), combination.learns_in_fit,
                metric.gain(score, single) / unit,
            )
        )  # fmt: skip
    return found


def places(comparison: Comparison, sealed: Rows) -> object:
    """What gates may see of the sealed rows."""
    from mlestar_jupyter.ensembles.regions import read_once
    from mlestar_jupyter.ensembles.source import region_columns

    return read_once(sealed.X, *region_columns(comparison.context.dataset.task))


def on_sealed(context: Context, member: Scored, sealed: Rows) -> Predictions:
    """What a member that was fitted on all development rows predicts for the sealed ones."""
    result = context.evaluator.fits.fit_predict(
        member.candidate.solution, context.dataset.development, sealed, is_last=True
    )
    assert isinstance(result, Fitted), result
    assert result.predictions is not None
    return result.predictions


# --- rules --------------------------------------------------------------------------------------------------------

Rule = Callable[[Sequence[Choice]], Choice]


def veto(level: float) -> Rule:
    """The best combination that is proven, and before which all were proven in their order; else the single one."""

    def rule(found: Sequence[Choice]) -> Choice:
        single, combined = found[0], found[1:]
        adjusted = fixed_sequence([c.p_value if c.gain > 0 else 1.0 for c in combined])
        proven = [c for c, p in zip(combined, adjusted, strict=True) if p < level]
        return max(proven, key=lambda c: c.gain, default=single)

    return rule


def best(found: Sequence[Choice]) -> Choice:
    """The best mean."""
    return max(found, key=lambda c: c.gain)


def as_shipped(found: Sequence[Choice]) -> Choice:
    """The best mean; what learns in every fit only where it is proven to be better than the best fixed weights."""
    fixed, top = fixed_weights(found), best(found)
    clearly = top.learns_in_fit and top.gain - fixed.gain > CLEARLY * max(top.error, fixed.error)
    return top if clearly or fixed is found[0] else fixed


def best_over_best(found: Sequence[Choice]) -> Choice:
    """The best mean where it is better than the best single solution by its own score."""
    return max(found, key=lambda c: c.over_best)


def fixed_weights(found: Sequence[Choice]) -> Choice:
    """The best mean among those whose weights are fixed."""
    return best([c for c in found if not c.learns_in_fit])


def shrunken(found: Sequence[Choice]) -> Choice:
    """The best gain once it is shrunk towards the mean of all, by empirical Bayes (Efron & Morris 1973)."""
    combined = found[1:]
    if not combined:
        return found[0]
    gains, errors = np.array([c.gain for c in combined]), np.array([c.error for c in combined])
    centre = gains.mean()
    between = max(0.0, gains.var() - float(np.mean(errors**2)))
    expected = centre + (gains - centre) * between / (between + errors**2 + 1e-300)
    where = int(np.argmax(expected))
    return combined[where] if expected[where] > 0 else found[0]


def one_error(found: Sequence[Choice]) -> Choice:
    """The fewest members within one standard error of the best (Breiman et al. 1984)."""
    top = best(found)
    near = [c for c in found if c.gain >= top.gain - top.error]
    return min(near, key=lambda c: (c.members, -c.gain))


def named(name: str) -> Rule:
    """Always the same, where it can be had."""
    return lambda found: next((c for c in found if c.name == name), found[0])


RULES: dict[str, Rule] = {
    "the best single solution": lambda found: found[0],
    f"proven, p < {SIGNIFICANT} in sequence": veto(SIGNIFICANT),
    f"proven, p < {LOOSE} in sequence": veto(LOOSE),
    "shrunken gain": shrunken,
    "within one standard error": one_error,
    "best mean, fixed weights": fixed_weights,
    "best mean, fixed weights unless others are clearly better (used)": as_shipped,
    "best mean": best,
    "best mean, over the best single score": best_over_best,
    **{f"always {name}": named(name) for name in strategies()},
}


def report(known: dict[tuple[str, int], list[Choice]]) -> str:
    """Tabulate each rule's gain over the best single solution on the rows held out."""
    tables = sorted({name for name, _ in known})
    lines = [
        f"{len(known)} runs on {len(tables)} tables.\n",
        "| rule | gain, % of what the single solution gains over the constant [95 % over tables] | median | better | "
        "worse | worst table |",
        "|" + " --- |" * 6,
    ]
    for title, rule in RULES.items():
        gains = {t: [100 * rule(c).held_out for (name, _), c in known.items() if name == t] for t in tables}
        means = np.array([np.mean(g) for g in gains.values()])
        test = t_test(means)
        lowest = min(tables, key=lambda t: np.mean(gains[t]))
        every = np.concatenate(list(gains.values()))
        lines.append(
            f"| {title} | {test.mean:+.3f} [{test.low:+.3f}, {test.high:+.3f}] | {np.median(means):+.3f} | "
            f"{(every > 0).sum()} | {(every < 0).sum()} | {np.mean(gains[lowest]):+.2f} ({lowest}) |"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
