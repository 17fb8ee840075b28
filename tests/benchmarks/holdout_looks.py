"""By how much the best of several looks at a holdout is too good, and what the product says of it.

    python tests/benchmarks/holdout_looks.py

Equally good solutions are scored on the same holdout, of which each says something of its own and something that all
have in common; the best is chosen. Nothing is fitted.
"""

import numpy as np

from mlestar_jupyter.core.resampling import Dependence
from mlestar_jupyter.phases.validation.looks import selection_bias

RUNS, RESAMPLES = 120, 60
"""Holdouts of each setting, and resamples of each."""


def auc(y, scores):
    """Area under the curve of each row of `scores`, by ranks (no ties)."""
    ranks = scores.argsort(axis=-1).argsort(axis=-1) + 1
    positive = y.sum()
    return ((ranks * y).sum(axis=-1) - positive * (positive + 1) / 2) / (positive * (len(y) - positive))


def accuracy(y, scores):
    """Share of the rows on the right side of .5."""
    return ((scores > 0.5) == y).mean(axis=-1)


def minus_rmse(y, scores):
    """Root mean squared error, larger is better."""
    return -np.sqrt(((y - scores) ** 2).mean(axis=-1))


def drawn(generator, kind, n_rows, count, shared):
    """A target and the answers of equally good solutions, of which a share of what is wrong is common to all."""
    noise = np.sqrt(shared) * generator.normal(size=n_rows) + np.sqrt(1 - shared) * generator.normal(
        size=(count, n_rows)
    )
    if kind is minus_rmse:
        return generator.standard_t(3, size=n_rows), noise
    y = (generator.random(n_rows) < 0.3).astype(int)
    return y, y + noise


def simulated(kind, n_rows, count, shared, seed=0):
    """Mean excess of the best score over the mean of all, whose expectation is the true one, and what is said of it."""
    generator = np.random.default_rng(seed)
    excess, said = [], []
    for run in range(RUNS):
        y, answers = drawn(generator, kind, n_rows, count, shared)
        scores = kind(y, answers)
        excess.append(scores.max() - scores.mean())
        again = [kind(y[rows], answers[:, rows]) for rows in Dependence(n_rows).resamples(RESAMPLES, run)]
        said.append(selection_bias(np.transpose(again)))
    return float(np.mean(excess)), float(np.mean(said))


def main():
    """Write the table of the docs."""
    print(
        "| metric | rows | solutions | in common | the best is too good by | said |\n| --- | --- | --- | --- | --- | --- |"
    )
    for kind, name in ((auc, "ROC AUC"), (accuracy, "accuracy"), (minus_rmse, "RMSE, heavy tails")):
        for n_rows, count, shared in ((200, 2, 0.5), (200, 5, 0.9), (1000, 3, 0.5), (1000, 10, 0.5), (1000, 10, 0.9)):
            excess, said = simulated(kind, n_rows, count, shared)
            print(f"| {name} | {n_rows:,} | {count} | {shared:.0%} | {excess:.4f} | {said:.4f} |")


if __name__ == "__main__":
    main()
