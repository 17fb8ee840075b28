"""Every estimator of scikit-learn as a human's ``model`` block, through all phases: what fails where, and why.

    python -m tests.benchmarks.all_estimators [--problem binary multiclass regression] [--only NAME ...] [--phases NAME ...]

An estimator may be refused when it is adopted, with a plain reason; then the block before it stays in use. One that
is adopted must come through every phase. The exit code is 1 where a phase ended with an error.
"""

import argparse
import inspect
import shutil
import tempfile
import time
import warnings
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.utils.discovery import all_estimators

from mlestar_jupyter import Workflow
from mlestar_jupyter.core.evaluation import Failed
from mlestar_jupyter.errors import MLEStarError
from mlestar_jupyter.executors.local.executor import LocalExecutor

METRICS = {"binary": (None, "accuracy"), "multiclass": (None, "accuracy"), "regression": (None,)}
PROBLEMS = tuple(METRICS)
N_ROWS = 160
PHASES = {
    "ablation": {"blocks": ["model"], "repeats": 1, "noise_floor": False, "alternatives": False, "importance": False},
    "refinement": {"blocks": ["hyperparameters", "model"], "iterations": 2, "attempts": 1, "reablate": False},
    "ensemble": {"strategies": ["mean", "stacking"]},
    "validation": {},
    "deployment": {"requests": 5},
}
INNER = {"classifier": "LogisticRegression()", "regressor": "Ridge()"}
NEEDED_DESPITE_A_DEFAULT = {"SelfTrainingClassifier": ["estimator"]}
PIPELINE = ("sklearn.pipeline", "make_pipeline")
NOT_NEGATIVE = ("sklearn.preprocessing", "MinMaxScaler")
CODES = ("sklearn.preprocessing", "KBinsDiscretizer")
WRITTEN = {
    "CCA": ("CCA(n_components=1, **params)", ()),
    "CategoricalNB": (
        'make_pipeline(KBinsDiscretizer(4, encode="ordinal"), CategoricalNB(min_categories=4, **params))',
        (PIPELINE, CODES),
    ),
    "ComplementNB": ("make_pipeline(MinMaxScaler(), ComplementNB(**params))", (PIPELINE, NOT_NEGATIVE)),
    "MultinomialNB": ("make_pipeline(MinMaxScaler(), MultinomialNB(**params))", (PIPELINE, NOT_NEGATIVE)),
    "PLSCanonical": ("PLSCanonical(n_components=1, **params)", ()),
    "QuadraticDiscriminantAnalysis": ("QuadraticDiscriminantAnalysis(reg_param=0.1, **params)", ()),
    "RadiusNeighborsClassifier": ("RadiusNeighborsClassifier(radius=5.0, **params)", ()),
    "RadiusNeighborsRegressor": ("RadiusNeighborsRegressor(radius=5.0, **params)", ()),
}
"""What a human writes where the estimator does not take the numbers of this table as they are, or wants several."""


@dataclass(frozen=True)
class Outcome:
    """How far an estimator came: the score when adopted, or why not; and the phase that ended with an error."""

    estimator: str
    problem: str
    adopted: str
    where: str = ""
    error: str = ""
    seconds: float = 0.0
    metric: str | None = None

    def __str__(self):
        metric = f" ({self.metric})" if self.metric else ""
        return f"{self.problem:10} {self.estimator:32} {self.seconds:5.1f} s  {self.adopted}{metric}  {self.where} {self.error}"


def make_table(problem):
    """Numbers with gaps, and categories; a target that both speak of."""
    random = np.random.default_rng(0)
    X = pd.DataFrame(random.normal(size=(N_ROWS, 3)), columns=["width", "height", "weight"])
    X["colour"] = random.choice(["red", "green", "blue"], N_ROWS)
    signal = X["width"] + 0.5 * X["height"] ** 2 + (X["colour"] == "red") + random.normal(scale=0.3, size=N_ROWS)
    X.loc[random.random(N_ROWS) < 0.1, "weight"] = np.nan
    if problem == "regression":
        return X.assign(target=np.exp(signal / 2))
    labels = ["no", "yes"] if problem == "binary" else ["low", "middle", "high"]
    return X.assign(target=pd.qcut(signal, len(labels), labels=labels).astype(str))


def blocks(problem):
    """The block of each estimator that fits a problem, by name; required arguments are filled in."""
    kind = "regressor" if problem == "regression" else "classifier"
    return {name: block_of(estimator, kind) for name, estimator in all_estimators(type_filter=kind)}


def block_of(estimator, kind):
    """Write the block as a human would."""
    inner = INNER[kind]
    filled = {
        "estimator": inner,
        "base_estimator": inner,
        "estimators": f"[{inner}]"
        if estimator.__name__.startswith("Chain")
        else f'[("one", {inner}), ("other", {inner})]',
    }
    name, module = estimator.__name__, estimator.__module__.partition("._")[0]
    parameters = inspect.signature(estimator).parameters.values()
    needed = [p.name for p in parameters if p.default is p.empty and p.kind is not p.VAR_KEYWORD]
    needed += NEEDED_DESPITE_A_DEFAULT.get(name, [])
    own = "".join(f"{one}={filled[one]}, " for one in needed)
    call, others = WRITTEN.get(name, (f"{name}({own}**params)", ()))
    if needed:
        others = (("sklearn.linear_model", inner.partition("(")[0]),)
    imports = "".join(f"from {place} import {part}\n" for place, part in ((module, name), *others))
    return f'{imports}\n\ndef make_model(**params):\n    """XGB was no better."""\n    return {call}\n'


def opened(problem, folder, executor, metric=None):
    """A run after its search and its foundation: replayed, where the folder holds them."""
    workflow = Workflow(make_table(problem), "target", name="all", output=folder, metric=metric, executor=executor)
    workflow.search(approaches=3)
    workflow.foundation(candidates=2)
    return workflow


def run(problem, name, block, begun, folder, executor, *, metric=None, phases=tuple(PHASES)):
    """Adopt an estimator's block after the foundation and go through the other phases."""
    start = time.perf_counter()
    shutil.copytree(begun, folder)
    with closing(opened(problem, folder, executor, metric)) as workflow:
        taken = workflow.adopt("model", block)
        if isinstance(taken, Failed):
            return Outcome(name, problem, f"refused: {taken.reason}", "", "", time.perf_counter() - start, metric)
        where, error = through(workflow, phases)
    return Outcome(name, problem, f"{taken.score:.4g}", where, error, time.perf_counter() - start, metric)


def through(workflow, phases):
    """Run the phases; where one ended with an error, and the error."""
    for phase in phases:
        try:
            getattr(workflow, phase)(**PHASES[phase])
        except MLEStarError as error:
            return phase, f"{type(error).__name__}: {error}"
        except Exception as error:  # noqa: BLE001 - what a phase lets out is what this program looks for
            return phase, f"a defect: {type(error).__name__}: {error}"
    return "", ""


def run_all(problem, only, phases, folder, executor):
    """Go through the estimators that fit a problem; yields each outcome.

    One that gives no probabilities is taken where none are needed: with another metric than the default one.
    """
    for name, block in blocks(problem).items():
        if only and name not in only:
            continue
        for metric in METRICS[problem]:
            begun, own = folder / f"begun-{metric}", folder / f"{name}-{metric}"
            if not begun.exists():
                opened(problem, begun, executor, metric).close()
            outcome = run(problem, name, block, begun, own, executor, metric=metric, phases=phases)
            shutil.rmtree(own)
            if "no probabilities" not in outcome.adopted:
                break
        yield outcome


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--problem", nargs="+", default=PROBLEMS, choices=PROBLEMS)
    parser.add_argument("--only", nargs="+", default=())
    parser.add_argument("--phases", nargs="*", default=list(PHASES), choices=PHASES)
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    found = []
    for problem in given.problem:
        with tempfile.TemporaryDirectory() as folder, closing(LocalExecutor(1)) as executor:
            for outcome in run_all(problem, given.only, given.phases, Path(folder), executor):
                print(outcome, flush=True)
                found.append(outcome)
    broken = sum(bool(one.where) for one in found)
    refused = sum(one.adopted.startswith("refused") for one in found)
    through = len(found) - refused - broken
    print(f"{len(found)} estimators: {through} came through, {refused} refused, {broken} broke")
    return 1 if broken else 0


if __name__ == "__main__":
    raise SystemExit(main())
