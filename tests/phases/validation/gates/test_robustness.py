from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from mlestar_jupyter.phases.validation.gates.robustness import _predicted, robustness, subsets, subsets_table
from tests.phases.validation.gates.evidence_for_tests import binary, evidence, numbers


def _judged(found):
    return robustness(replace(found, subsets=subsets(found)))


def _regions(n, seed=0):
    return pd.DataFrame({"region": np.random.default_rng(seed).choice(["north", "south", "east"], n)})


@pytest.mark.parametrize(("metric", "maker"), [("roc_auc", binary), ("neg_log_loss", binary), ("rmse", numbers)])
def test_oracle_passes(metric, maker):
    made = maker(2000)
    X = _regions(2000).assign(x=made[-1], missing=np.where(np.arange(2000) % 9, made[-1], np.nan))
    gate = _judged(evidence(metric, *made[:2], X=X))
    assert gate.verdict == "pass"


@pytest.mark.parametrize(("metric", "maker"), [("roc_auc", binary), ("rmse", numbers), ("r2", numbers)])
def test_subset_in_which_predictions_mislead_is_found_and_named(metric, maker):
    y, said = maker(2000)[:2]
    X = _regions(2000)
    wrong = np.where(X["region"] == "south", 1 - said if maker is binary else -said, said)
    gate = _judged(evidence(metric, y, wrong, X=X))
    assert gate.verdict == "fail"
    assert "region = south" in gate.words
    assert gate.remedy == (
        "Do without predictions where region = south, or give the solution rows and columns that differ there."
    )


def test_table_has_the_weakest_first():
    y, said = numbers(2000)
    X = _regions(2000)
    found = subsets(evidence("rmse", y, np.where(X["region"] == "south", -said, said), X=X))
    table = subsets_table(found, 0.001)
    assert "way to a perfect score [99.9 %]" in table
    assert table["subset"][0] == "region = south"
    assert len(table) == 4


def test_subset_of_errors_more_than_twice_as_large_is_advised_on():
    y, said = numbers(2000)
    X = pd.DataFrame({"region": np.where(np.arange(2000) % 10 == 0, "south", "north")})
    noise = np.where(X["region"] == "south", np.random.default_rng(1).normal(scale=6, size=2000), 0)
    gate = _judged(evidence("rmse", 10 * y + noise, 10 * said + 0.9 * 10 * (y - said), X=X))
    assert gate.verdict == "advice"
    assert "twice as far from a perfect score" in gate.words
    assert gate.remedy == "Say so to whoever uses predictions where region = south; more such rows help."


@pytest.mark.fast
def test_subset_that_is_wrong_throughout_fails_with_an_interval():
    y = np.arange(800) // 4 % 2
    X = pd.DataFrame({"region": np.where(np.arange(800) % 8 == 0, "south", "north")})
    y = np.where(X["region"] == "south", np.arange(800) // 8 % 2, y)
    gate = _judged(evidence("roc_auc", y, np.where(X["region"] == "south", 1 - y, y).astype(float), X=X))
    assert (gate.verdict, gate.figure, gate.low) == ("fail", -1.0, -1.0)
    assert gate.high == pytest.approx(-1 + 2 * (1 - 0.025 ** (1 / 50)))  # of 50 rows of a class


def test_metric_without_formula_finds_the_subset():
    y, said = numbers(2000)
    X = _regions(2000)
    gate = _judged(evidence("neg_median_absolute_error", y, np.where(X["region"] == "south", -said, said), X=X))
    assert gate.verdict == "fail"
    assert "region = south" in gate.words


@pytest.mark.fast
def test_few_rows_are_not_measured():
    y, said = numbers(60)
    assert _judged(evidence("rmse", y, said)).verdict == "not measured"


@pytest.mark.fast
def test_groups_of_a_test_table_are_others_than_those_of_the_table():
    y, said = numbers(400)
    found = evidence("rmse", y, said, groups=np.arange(400) % 25)
    own = replace(found, sealed=replace(found.sealed, of_one_table=False))
    assert [len(np.unique(_predicted(e)[0].groups)) for e in (found, own)] == [25, 50]


@pytest.mark.parametrize("metric", ["f1", "precision", "jaccard", "matthews_corrcoef", "balanced_accuracy"])
def test_rows_that_were_predicted_alike_are_not_scored_by_metrics_of_all_rows(metric):
    """Seen: with more positives than not, an oracle was of no use where the prediction is the other class."""
    y, p, _ = binary(3000)
    gate = _judged(evidence(metric, y, p) if np.mean(y) > 0.5 else evidence(metric, 1 - y, 1 - p))
    assert gate.verdict != "fail"
