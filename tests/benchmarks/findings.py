"""Are the findings of ablation and refinement true? Counts over seeded runs on data that were made to know.

Run: python tests/benchmarks/findings.py ablation --seeds 100     one component matters: is it found, and it alone?
     python tests/benchmarks/findings.py null --seeds 200         two equal components: are the p-values uniform?
     python tests/benchmarks/findings.py refinement --seeds 100   the target is noise: is a change proven, does one cost?

Each prints its figures as Markdown. Minutes to half an hour on two cores.
"""

import argparse
import tempfile
import time
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats

from mlestar_jupyter import Workflow
from mlestar_jupyter.core.evaluation import Scored
from mlestar_jupyter.core.statistics import t_test
from mlestar_jupyter.phases.ablation.result import AblationResult

N_ROWS = 500
CLEANING = "def clean(X):\n    return X.clip(-8, 8)"
NO_CLEANING = "def clean(X):\n    return X.clip(-1e6, 1e6)"
NOTHING = (
    "from sklearn.preprocessing import FunctionTransformer\n\n\ndef make_features():\n    return FunctionTransformer()"
)
PRODUCTS = (
    "from sklearn.preprocessing import FunctionTransformer\n\n\ndef add(X):\n"
    "    return X.assign(ef=X['e'] * X['f'], fg=X['f'] * X['g'])\n\n\n"
    "def make_features():\n    return FunctionTransformer(add)"
)
RATIO = PRODUCTS.replace("return X.assign(", "return X.assign(ratio=X['a'] / X['b'].abs().clip(lower=0.1), ")
SCALED = "from sklearn.preprocessing import StandardScaler\n\n\ndef make_preprocessor():\n    return StandardScaler()"
LOGARITHM = (
    "import numpy as np\nfrom sklearn.pipeline import make_pipeline\n"
    "from sklearn.preprocessing import FunctionTransformer, StandardScaler\n\n\ndef spread(X):\n"
    "    return np.sign(X) * np.log1p(20 * np.abs(X))\n\n\n"
    "def make_preprocessor():\n    return make_pipeline(FunctionTransformer(spread), StandardScaler())"
)
LINEAR = (
    "from sklearn.linear_model import LogisticRegression\n\n\n"
    "def make_model(**params):\n    return LogisticRegression(**params)"
)
TREES = (
    "from sklearn.ensemble import ExtraTreesClassifier\n\n\n"
    "def make_model(**params):\n    return ExtraTreesClassifier(60, min_samples_leaf=3, random_state=0)"
)
ONE_OF_TWO = (
    "from sklearn.linear_model import LogisticRegression\nfrom sklearn.pipeline import make_pipeline\n"
    "from sklearn.preprocessing import FunctionTransformer\n\n\ndef take(X, columns):\n"
    "    return X.iloc[:, columns] if hasattr(X, 'iloc') else X[:, columns]\n\n\ndef make_model(column=2):\n"
    "    chosen = FunctionTransformer(take, kw_args={'columns': [0, column]})\n"
    "    return make_pipeline(chosen, LogisticRegression())"
)


def main() -> None:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("what", choices=("ablation", "null", "refinement"))
    parser.add_argument("--seeds", type=int, default=100)
    given = parser.parse_args()
    start = time.perf_counter()
    print({"ablation": ablation, "null": null, "refinement": refinement}[given.what](given.seeds))
    print(f"\n{given.seeds} runs, {time.perf_counter() - start:.0f} s")


def numbers(seed: int) -> tuple[pd.DataFrame, np.random.Generator]:
    """Columns a to g without meaning."""
    generator = np.random.default_rng(seed)
    return pd.DataFrame(generator.normal(size=(N_ROWS, 7)), columns=list("abcdefg")), generator


def draw(generator: np.random.Generator, signal: pd.Series | np.ndarray) -> np.ndarray:
    """A class for each row, the more likely the higher the signal."""
    return np.where(generator.random(len(signal)) < 1 / (1 + np.exp(-np.asarray(signal))), "yes", "no")


def problem(seed: int) -> tuple[str, pd.DataFrame, dict[str, str]]:
    """A table, and the blocks of a solution of which exactly one matters."""
    X, generator = numbers(seed)
    blocks = {"cleaning": CLEANING, "features": PRODUCTS, "preprocessing": SCALED, "model": LINEAR,
              "hyperparameters": "PARAMS = {'C': 1.5}"}  # fmt: skip
    name = ("features", "preprocessing", "model")[seed % 3]
    if name == "features":
        signal = 1.5 * np.clip(X["a"] / X["b"].abs().clip(lower=0.1), -4, 4)
        blocks["features"] = RATIO
    elif name == "preprocessing":
        signal = 1.5 * X[["a", "b", "c", "d"]].sum(axis=1)
        for column in "abcd":
            X[column] = np.sign(X[column]) * np.expm1(3 * X[column].abs()) / 20
        blocks["cleaning"] = NO_CLEANING
        blocks["preprocessing"] = LOGARITHM
    else:
        signal = 4.0 * np.sign(X["a"] * X["b"])
        blocks |= {"model": TREES, "hyperparameters": "PARAMS = {}"}
    return name, X.assign(target=draw(generator, signal)), blocks


def solved(table: pd.DataFrame, blocks: dict[str, str], seed: int, folder: Path) -> Workflow:
    """A workflow whose solution has these blocks."""
    workflow = Workflow(table, "target", test=0, seed=seed, output=folder)
    workflow.foundation(candidates=2)
    order = {"hyperparameters": "PARAMS = {}"} | {k: v for k, v in blocks.items() if k != "hyperparameters"}
    for name, source in [*order.items(), ("hyperparameters", blocks["hyperparameters"])]:
        evaluation = workflow.adopt(name, source)
        assert isinstance(evaluation, Scored), evaluation
    return workflow


def ablation(seeds: int) -> str:
    """Is the component that matters the first, and are the others noise? What do early decisions save?"""
    first, false, true, null_components, missed = 0, 0, 0, 0, 0
    fits: Counter[str] = Counter()
    same = decisions = 0
    wrong: Counter[str] = Counter()
    for seed in range(seeds):
        name, table, blocks = problem(seed)
        with tempfile.TemporaryDirectory() as folder:
            workflow = solved(table, blocks, seed, Path(folder) / "run")
            shared = {
                "alternatives": False,
                "pairs": False,
                "noise_floor": False,
                "importance": False,
                "blocks": list(blocks),
            }
            full = workflow.ablation(stop_early=False, **shared)
            early = workflow.ablation(**shared)
            workflow.close()
        assert isinstance(full, AblationResult)
        assert isinstance(early, AblationResult)
        impacts = [i for i in early.impacts if i.test is not None]
        first += impacts[0].block == name
        if impacts[0].block != name:
            wrong[name] += 1
        others = [i for i in impacts if i.block != name]
        false += sum(i.label != "NOISE" for i in others)
        null_components += len(others)
        missed += any(i.label != "NOISE" for i in others)
        true += next(i for i in impacts if i.block == name).label in ("HIGH", "MEDIUM", "LOW")
        fits += Counter(full=full.fits, early=early.fits)
        labels = {i.name: i.label == "NOISE" for i in full.impacts if i.test is not None}
        decisions += len(impacts)
        same += sum(labels[i.name] == (i.label == "NOISE") for i in impacts)
    return "\n".join(
        (
            f"- the component that matters is ranked first in {first} of {seeds} runs, and called significant in {true}"
            + (f" (missed: {dict(wrong)})" if wrong else ""),
            f"- components that do nothing are called NOISE in {null_components - false} of {null_components} cases; "
            f"{seeds - missed} of {seeds} runs have no false finding",
            f"- early decisions: {fits['early']} fits in place of {fits['full']} ({1 - fits['early'] / fits['full']:.0%} "
            f"saved), {same} of {decisions} decisions the same ({same / decisions:.1%})",
        )
    )


def null(seeds: int) -> str:
    """Two columns that say equally much, of which the solution uses one and its neutral form the other."""
    p_values = []
    for seed in range(seeds):
        X, generator = numbers(seed)
        table = X.assign(target=draw(generator, X["a"] + 0.6 * X["b"] + 0.6 * X["c"]))
        blocks = {"cleaning": CLEANING, "features": NOTHING, "preprocessing": SCALED, "model": ONE_OF_TWO,
                  "hyperparameters": "PARAMS = {'column': 1}"}  # fmt: skip
        with tempfile.TemporaryDirectory() as folder:
            workflow = solved(table, blocks, seed, Path(folder) / "run")
            found = workflow.ablation(
                blocks=["hyperparameters"], stop_early=False, alternatives=False, pairs=False, noise_floor=False,
                importance=False,
            )  # fmt: skip
            workflow.close()
        assert isinstance(found, AblationResult)
        p_values += [i.test.p_value for i in found.impacts if i.test is not None]
    test = stats.kstest(p_values, "uniform")
    shares = ", ".join(f"{np.mean(np.array(p_values) < level):.3f} below {level}" for level in (0.01, 0.05, 0.1, 0.5))
    return f"- p-values of {len(p_values)} comparisons without a difference: {shares}; KS D = {test.statistic:.3f}, p = {test.pvalue:.2f}"


def refinement(seeds: int) -> str:
    """A target that nothing explains: what is proven is proven by luck, and what is used must not cost anything.

    Without a noise floor, which asks for more. The loss is that of the solution after the refinement, against the one
    before, on rows that neither saw; then that of an ensemble against the refinement's.
    """
    used, proven, better, tests = 0, 0, 0, 0
    gains: dict[str, list[float]] = {"refinement": [], "ensemble": []}
    for seed in range(seeds):
        table, sealed = noise(seed), noise(seeds + seed)
        with tempfile.TemporaryDirectory() as folder:
            workflow = Workflow(table, "target", test=0, seed=seed, output=Path(folder) / "run")
            workflow.foundation(candidates=3)
            before = score(workflow, sealed)
            found = workflow.refinement(blocks=["features", "hyperparameters", "preprocessing"])
            refined = score(workflow, sealed)
            combined = workflow.ensemble()
            gains["refinement"].append(refined - before)
            gains["ensemble"].append(score(workflow, sealed) - refined)
            workflow.close()
        used += bool(found.kept)
        proven += any(c.proven for c in found.confirmations)
        better += any(c.verdict == "better" for c in combined.combinations)
        tests += len(found.confirmations)
        print(f"{used} used, {proven} proven, {better} ensembles proven of {seed + 1}", flush=True)
    lines = [
        f"- a change was used in {used} of {seeds} runs on noise, and called proven in {proven} ({tests} tests)",
        f"- a combination was called proven in {better} of {seeds}",
    ]
    for name, of_runs in gains.items():
        test = t_test(of_runs)
        lines.append(
            f"- gain of the {name} in ROC AUC on new rows: {test.mean:+.4f} [{test.low:+.4f}, {test.high:+.4f}]"
        )
    return "\n".join(lines)


def noise(seed: int) -> pd.DataFrame:
    """Columns and a target that have nothing to do with one another."""
    X, generator = numbers(seed)
    return X.assign(kind=generator.choice(["u", "v", "w"], N_ROWS), target=draw(generator, np.zeros(N_ROWS)))


def score(workflow: Workflow, rows: pd.DataFrame) -> float:
    """ROC AUC of the present solution on new rows."""
    from sklearn.metrics import roc_auc_score

    probabilities = np.asarray(workflow.model.predict_proba(rows.drop(columns="target")))
    return float(roc_auc_score(rows["target"] == "yes", probabilities[:, 1]))


if __name__ == "__main__":
    main()
