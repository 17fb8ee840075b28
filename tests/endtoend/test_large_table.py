import numpy as np
import pandas as pd
import pytest

from mlestar_jupyter import Workflow
from mlestar_jupyter.core.budget import Budget
from mlestar_jupyter.errors import SettingError
from tests.workers_for_tests import workers


@pytest.fixture(scope="module")
def table():
    generator = np.random.default_rng(0)
    X = pd.DataFrame(generator.normal(size=(3000, 4)), columns=list("abcd"))
    return X.assign(
        kind=generator.choice(["u", "v", "w"], 3000), y=(X["a"] + X["b"] > 0).map({True: "yes", False: "no"})
    )


@pytest.fixture(scope="module")
def workflow(table, tmp_path_factory):
    workflow = Workflow(
        table, "y", name="large", output=tmp_path_factory.mktemp("large"), sample=600, executor=workers()
    )
    workflow.foundation(candidates=3)
    yield workflow
    workflow.close()


def test_candidates_are_compared_on_the_sample(workflow):
    assert len(workflow.score.predictions) == len(workflow.dataset.development) == 600
    assert workflow.score.n_train == pytest.approx(480)


def test_first_look_at_a_candidate_takes_a_third_of_a_folds_rows(workflow):
    (first,) = workflow.evaluator.glance([workflow.score.candidate], 1.0, Budget())
    assert first.n_train == pytest.approx(160)
    assert len(first.fold_scores) == 1


def test_foundation_says_what_it_compared_on(workflow):
    result = workflow.results["foundation"]
    assert "compared on 600 of 2,400 rows" in result.summary
    assert "compared on 600 of 2,400 rows" in result.to_dict()["sample"]
    assert result.table["rows"].iloc[0] == pytest.approx(480)
    assert "600 of 2,400" in workflow.report().read_text()


def test_the_model_is_fitted_on_all_rows(workflow):
    assert workflow.standing.fitted_rows == 2400
    assert "The final model is fitted on 2,400 of 2,400 rows" in workflow.status().view().summary


def test_fewer_rows_are_fitted_in_the_end_where_time_is_short(workflow):
    assert len(workflow._run.final.rows()) == 2400  # decided once
    workflow._run.clock.timeout, workflow._run.clock.spent = 100.0, 1000.0
    assert len(workflow._run.final.rows()) == 600
    workflow._run.clock.timeout, workflow._run.clock.spent = None, 0.0


def test_refinement_validation_and_ensemble_work_on_the_sample(workflow):
    workflow.ablation(repeats=1)
    workflow.refinement(iterations=1, attempts=1)
    workflow.ensemble()
    result = workflow.validation()
    assert result.holdout is not None
    assert result.holdout.score > 0.9


def test_a_sample_too_small_for_folds_is_refused(table, tmp_path):
    with pytest.raises(SettingError, match="sample is 5"):
        Workflow(table, "y", output=tmp_path, sample=5, executor=workers())


@pytest.mark.parametrize("part", ["time", "group"])
def test_samples_in_time_and_of_groups_go_through_the_foundation(table, part, tmp_path):
    frame = table.assign(part=np.random.default_rng(1).integers(0, 300, len(table)))
    workflow = Workflow(frame, "y", output=tmp_path, sample=600, executor=workers(), **{part: "part"})
    workflow.foundation(candidates=2)
    assert len(workflow.dataset.development) <= 600
    assert workflow.standing.fitted_rows == len(workflow.dataset.whole)
    workflow.close()
