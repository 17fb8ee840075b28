"""What every problem type keeps, those of other packages too: a subclass gives the problem and a target, and no test."""

import pickle

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone

from mlestar_jupyter.core.executor import Fitted
from mlestar_jupyter.core.journal import Journal
from mlestar_jupyter.core.predictions import Predictions, check_shape, scattered
from mlestar_jupyter.core.sampling import sample_rows
from mlestar_jupyter.data.reading import read_table
from mlestar_jupyter.ensembles.base import as_predictions
from mlestar_jupyter.knowledge.validation import plain_validation, validation
from mlestar_jupyter.planners.recipes import RecipePlanner
from mlestar_jupyter.problems.recognition import make_dataset
from mlestar_jupyter.problems.registry import problem_of, problems

N_ROWS = 120


def table(target, *, seed=0):
    """Rows with two numbers, a category, a day and the target that a function makes of the first number."""
    random = np.random.default_rng(seed)
    x = random.normal(size=N_ROWS)
    return pd.DataFrame(
        {
            "x": x,
            "noise": random.normal(size=N_ROWS),
            "kind": random.choice(["a", "b", "c"], N_ROWS),
            "shop": np.arange(N_ROWS) // 6,
            "day": pd.date_range("2026-01-01", periods=N_ROWS, freq="D"),
            "y": target(x, random),
        }
    )


class ProblemContract:
    """Fixtures: ``problem``, and ``target``, a function of the first number and a generator."""

    @pytest.fixture
    def dataset(self, problem, target):
        return make_dataset(read_table(table(target)), "y", problem=problem.name, test=0.0)

    @pytest.fixture
    def predictions(self, problem, dataset):
        """Those of the plain model, in sample."""
        task, rows = dataset.task, dataset.development
        solution = RecipePlanner().baselines(task)[1].solution
        return task.form.ask(solution.build().fit(rows.X, rows.y), rows.X)

    def test_registry_has_it_under_its_name_and_it_is_pickled_by_it(self, problem):
        assert problems()[problem.name] is problem
        assert pickle.loads(pickle.dumps(problem)) is problem

    def test_form_survives_pickling(self, dataset):
        assert pickle.loads(pickle.dumps(dataset.task.form)) == dataset.task.form

    def test_decoding_inverts_encoding(self, problem, target, dataset):
        y = table(target)["y"].iloc[dataset.development.source]
        decoded = dataset.task.form.decoded(dataset.development.y)
        assert list(decoded) == list(y)
        assert problem.usable(y, dataset.task.classes).all()
        assert not problem.usable(pd.Series([np.nan]), dataset.task.classes).any()

    def test_its_metric_is_better_for_better_predictions(self, dataset, predictions):
        metric, rows = dataset.task.metric, dataset.development
        order = np.random.default_rng(0).permutation(len(rows))
        assert metric.gain(metric.score(rows.y, predictions), metric.score(rows.y, predictions.at(order))) > 0

    def test_row_losses_average_to_the_metric_that_it_names(self, problem, dataset, predictions):
        if not problem.loss_metric:
            pytest.skip("it names none")
        metric, y = problem.find_metric(problem.loss_metric), dataset.development.y
        losses = problem.losses(predictions.whole, y)
        assert losses.shape == y.shape
        assert losses.mean() == pytest.approx(metric.score(y, predictions), rel=1e-6)

    def test_losses_in_a_block_are_these(self, problem, dataset, predictions):
        if problem.loss_code == "0":
            pytest.skip("no strategy weighs its rows")
        y, both = dataset.development.y, np.stack([predictions.whole, predictions.whole[::-1]])
        names = {"np": np, "predicted": both, "y": y.astype(int) if dataset.task.classes else y}
        np.testing.assert_allclose(eval(problem.loss_code, names), problem.losses(both, y), rtol=1e-5)

    def test_losses_of_many_members_are_theirs_one_by_one(self, problem, dataset, predictions):
        y = dataset.development.y
        both = np.stack([predictions.whole, predictions.whole[::-1]])
        np.testing.assert_allclose(problem.losses(both, y)[1], problem.losses(predictions.whole[::-1], y))

    def test_truth_has_no_loss_above_any_prediction(self, problem, dataset, predictions):
        y, n_columns = dataset.development.y, len(dataset.task.form.names)
        assert problem.losses(problem.truth(y, n_columns), y).mean() <= problem.losses(predictions.whole, y).mean()

    @pytest.mark.parametrize("how", [{}, {"group": "shop"}, {"time": "day"}], ids=["plain", "grouped", "timed"])
    def test_splitter_as_object_and_as_source_give_the_same_folds(self, problem, target, how):
        dataset = make_dataset(read_table(table(target)), "y", problem=problem.name, test=0.0, **how)
        task, rows = dataset.task, dataset.development
        splitter, names = problem.splitters.of(task), {}
        assert splitter.source == validation(task)
        exec(validation(task), names)
        for ours, theirs in zip(
            splitter.make().split(rows.X, rows.y, rows.groups),
            names["make_splitter"]().split(rows.X, rows.y, rows.groups),
            strict=True,
        ):
            assert (ours[0] == theirs[0]).all()
            assert (ours[1] == theirs[1]).all()

    def test_plain_folds_can_be_made(self, dataset):
        names = {}
        exec(plain_validation(dataset.task), names)
        assert len(list(names["make_splitter"]().split(dataset.development.X))) == 5

    def test_baselines_predict_what_the_form_says(self, problem, dataset):
        task, rows = dataset.task, dataset.development
        for draft in RecipePlanner().baselines(task)[:2]:
            found = task.form.ask(draft.solution.build().fit(rows.X, rows.y), rows.X)
            check_shape(found, task.form, len(rows))
            assert np.isfinite(task.metric.score(rows.y, found))
        for estimator in (problem.constant, problem.plain, problem.tree):
            assert type(estimator.make()).__name__ == estimator.name
            assert clone(estimator.make()) is not None

    def test_constants_can_be_scored(self, problem, dataset):
        task, y = dataset.task, dataset.development.y
        found = problem.constants(y, task.classes, columns=bool(task.form.names))
        assert found
        for predictions in found:
            check_shape(predictions, task.form, len(y))
            assert np.isfinite(task.metric.score(y, predictions))

    def test_average_of_one_member_is_the_member(self, dataset, predictions):
        form, n_rows = dataset.task.form, len(predictions)
        again = as_predictions(np.stack([predictions.whole]).mean(axis=0), form)
        np.testing.assert_array_equal(again.whole, predictions.whole)
        np.testing.assert_array_equal(again.values, predictions.values)
        half = n_rows // 2
        parts = [(rows, predictions.at(rows)) for rows in (np.arange(half), np.arange(half, n_rows))]
        repeated = scattered([*parts, *parts], n_rows, form)
        np.testing.assert_array_equal(repeated.values, predictions.values)
        np.testing.assert_allclose(repeated.whole, predictions.whole)

    def test_rows_that_no_fold_tests_have_no_prediction(self, dataset, predictions):
        rows = np.arange(10, len(predictions))
        found = scattered([(rows, predictions.at(rows))], len(predictions), dataset.task.form)
        assert np.isnan(found.values[:10]).all()
        assert np.isfinite(found.values[10:]).all()

    def test_predictions_survive_the_journal(self, tmp_path, predictions):
        Journal(tmp_path).add_fit("key", "solution", Fitted(predictions, None, 1.0, 1.0, 1.0), None)
        found = Journal(tmp_path).fit("key", None).predictions
        np.testing.assert_array_equal(found.values, predictions.values)
        np.testing.assert_array_equal(found.whole, predictions.whole)

    def test_predictions_of_another_shape_are_a_plain_error(self, dataset, predictions):
        form, n_rows = dataset.task.form, len(predictions)
        wrong = [
            (predictions.at(np.arange(5)), "5 values for"),
            (Predictions(predictions.values, np.zeros((n_rows, len(form.names) + 1))), "an array of shape"),
            (Predictions(np.full(n_rows, np.nan), predictions.columns), "missing or infinite"),
        ]
        for found, message in wrong:
            with pytest.raises(ValueError, match=message):
                check_shape(found, form, n_rows)

    def test_sample_and_details_and_rates_can_be_made(self, problem, dataset, predictions):
        task, rows = dataset.task, dataset.development
        assert problem_of(task) is problem
        assert len(sample_rows(rows.y, rows.groups, 60, task)) in range(55, 66)
        assert len(problem.details(task, rows.y, predictions.values))
        assert all(np.isfinite(rate) for rate in problem.rates(rows.y, predictions.values).values())
        assert np.isfinite(problem.errors(predictions, rows.y)).all()
        assert problem.rules(task).endswith(".")
