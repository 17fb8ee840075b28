"""Looks at the holdout: a score by which something was chosen is called that."""

import json
from contextlib import closing

import numpy as np
import pytest

from mlestar_jupyter import Workflow
from mlestar_jupyter.core.metric import Metric
from mlestar_jupyter.phases.validation.looks import Looks, expected_maximum, selection_bias
from mlestar_jupyter.reports.overview import status
from tests.workers_for_tests import workers

METRIC = Metric("roc_auc", greater_is_better=True, needs_probabilities=True)


@pytest.mark.fast
@pytest.mark.parametrize(("count", "expected"), [(2, 0.56419), (3, 0.84628), (5, 1.16296), (10, 1.53875)])
def test_expected_maximum_is_that_of_the_tables(count, expected):
    """Harter, Biometrika 48 (1961)."""
    assert expected_maximum(count) == pytest.approx(expected, abs=1e-4)


@pytest.mark.fast
@pytest.mark.parametrize("shared", [0.0, 0.5, 0.9])
def test_bias_is_what_the_best_of_equally_good_ones_gains_by_chance(shared):
    """V5: by simulation, whatever their errors have in common."""
    r = np.random.default_rng(0)
    errors = 0.02 * (np.sqrt(shared) * r.normal(size=20_000) + np.sqrt(1 - shared) * r.normal(size=(4, 20_000)))
    assert selection_bias(errors[:, :2000]) == pytest.approx(errors.max(axis=0).mean(), abs=0.002)


@pytest.mark.fast
def test_the_same_answers_have_no_bias_and_undefined_scores_none():
    scores = np.random.default_rng(0).normal(size=200)
    assert selection_bias(np.stack([scores, scores])) == pytest.approx(0, abs=1e-9)
    assert selection_bias(np.full((2, 200), np.nan)) is None


@pytest.mark.fast
def test_sentence_says_how_often_and_by_how_much():
    assert Looks(1, ["a"]).sentence(METRIC) == ""
    assert Looks(3, ["a", "b"], 0.0123).sentence(METRIC) == (
        "The holdout's score was used for selection: it was opened 3 times, and 2 solutions were scored on it; of so "
        "many equally good ones the best looks 0.012 too good (roc_auc)."
    )
    assert "0 too good" not in Looks(2, ["a", "b"], 0.0).sentence(METRIC)
    assert Looks(2, ["a", "b"]).sentence(METRIC) == (
        "The holdout's score was used for selection: it was opened 2 times, and 2 solutions were scored on it."
    )


def test_validate_edit_validate_is_called_selection_wherever_the_score_is_shown(workflow, churn):
    """V5: the second and third validation said no more than the first."""
    first = workflow.validation()
    assert first.looks == Looks(1, [workflow.solution.id])
    assert "used for selection" not in first.summary
    workflow.adopt("hyperparameters", f"{workflow.solution.blocks['hyperparameters']}\n# edited\n")
    second = workflow.validation()
    assert second.looks.openings == 2
    assert second.looks.solutions == [first.about, second.about]
    assert second.looks.bias >= 0
    assert "; holdout, used for selection " in second.summary
    assert second.looks.sentence(workflow.task.metric) in second.summary
    assert "used for selection" in status(workflow.standing).content.summary
    report = json.loads((workflow.output / "report.json").read_text())
    assert report["holdout_openings"] == 2
    assert report["phases"]["validation"]["looks"]["used_for_selection"] is True
    assert "used for selection" in (workflow.output / "report.html").read_text()
    workflow.close()
    with closing(Workflow(churn, "Churn", name="churn", output=workflow.output, executor=workers())) as again:
        again.foundation(candidates=2)
        assert again.validation().looks == first.looks
