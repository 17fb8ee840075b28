from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from mlestar_jupyter.core.conformal import Conformity, conformity_of, interval_table
from mlestar_jupyter.core.predictions import Predictions
from mlestar_jupyter.errors import SettingError
from mlestar_jupyter.problems.forms import Labels, Number

pytestmark = pytest.mark.fast


class Known:
    """Predicts what stands in the first column."""

    classes_ = np.array([0, 1])

    def predict(self, X):
        return X.iloc[:, 0].to_numpy()

    def predict_proba(self, X):
        return np.column_stack([1 - self.predict(X), self.predict(X)])


@pytest.fixture
def numbers(churn_task):
    return replace(churn_task, form=Number(), classes=(), time=None)


@pytest.fixture
def labels(churn_task):
    return replace(churn_task, form=Labels(("No", "Yes")), classes=("No", "Yes"), time=None)


def covered(task, spread, n_rows, n_new, coverage, seed):
    """Share of new rows inside, where errors have the spread of their place from 0 to 1."""
    errors = np.random.default_rng(seed).normal(size=n_rows + n_new) * spread(np.linspace(0, 1, n_rows + n_new))
    y = np.full(n_rows + n_new, -1.0)
    found = conformity_of(task, y[:n_rows], Predictions(y[:n_rows] + errors[:n_rows]))
    return found.covers(y[n_rows:], Predictions(y[n_rows:] + errors[n_rows:]), coverage)[0].mean()


@pytest.mark.parametrize("coverage", [0.5, 0.8, 0.9, 0.95])
def test_intervals_cover_new_rows_as_often_as_stated(numbers, coverage):
    shares = [covered(numbers, np.ones_like, 200, 100, coverage, seed) for seed in range(60)]
    assert np.mean(shares) == pytest.approx(coverage, abs=0.02)


def test_intervals_in_time_follow_a_drift(numbers):
    in_time = replace(numbers, time="day")

    def jump(at):
        return np.where(at < 0.6, 1.0, 2.0)

    follows, stays = (
        np.mean([covered(task, jump, 400, 100, 0.9, seed) for seed in range(60)]) for task in (in_time, numbers)
    )
    assert stays < 0.84
    assert follows == pytest.approx(0.9, abs=0.025)


def test_without_drift_intervals_in_time_are_as_stated(numbers):
    in_time = replace(numbers, time="day")
    shares = [covered(in_time, np.ones_like, 400, 100, 0.9, seed) for seed in range(60)]
    assert np.mean(shares) == pytest.approx(0.9, abs=0.02)


def test_sets_cover_new_rows_as_often_as_stated_or_more(labels):
    shares = []
    for seed in range(40):
        generator = np.random.default_rng(seed)
        chance = generator.beta(0.7, 0.7, 600)
        y = (generator.random(600) < chance).astype(int)
        predictions = Predictions((chance > 0.5).astype(int), np.column_stack([1 - chance, chance]))
        found = conformity_of(labels, y[:300], predictions.at(np.arange(300)))
        inside, size = found.covers(y[300:], predictions.at(np.arange(300, 600)), 0.9)
        shares.append(inside.mean())
        assert 1 <= size <= 2
    assert 0.885 < np.mean(shares) < 0.93


def test_rows_without_predictions_do_not_count(numbers):
    predicted = np.array([np.nan, np.nan, 1.0, 2.0, 3.0])
    assert conformity_of(numbers, np.zeros(5), Predictions(predicted)).scores == (1.0, 2.0, 3.0)
    assert conformity_of(numbers, np.zeros(2), Predictions(predicted[:2])) is None


def test_labels_without_probabilities_have_no_sets(labels):
    assert conformity_of(labels, np.array([0, 1]), Predictions(np.array([0, 1]))) is None


def test_too_few_rows_say_nothing_of_a_high_coverage(numbers):
    found = conformity_of(numbers, np.zeros(5), Predictions(np.ones(5)))
    assert found.quantile(0.8) == 1.0
    assert found.quantile(0.9) == np.inf


def test_few_scores_are_kept_of_many_rows(numbers):
    errors = np.random.default_rng(0).normal(size=50_000)
    found = conformity_of(numbers, np.zeros(50_000), Predictions(errors))
    assert len(found.scores) == 2_000
    assert found.quantile(0.9) == pytest.approx(1.645, abs=0.03)


@pytest.mark.parametrize("coverage", [0, 1, 1.5, -1, "x", None, True])
def test_a_coverage_that_is_no_share_is_refused(coverage):
    with pytest.raises(SettingError) as error:
        Conformity((1.0,), (0.5,), is_of_labels=False).quantile(coverage)
    expected = f"A coverage of {coverage!r} is not a share of rows. Give one between 0 and 1, such as 0.9."
    assert str(error.value) == expected


def test_a_table_of_intervals_stays_where_predictions_may_be(numbers):
    task = replace(numbers, form=Number(lowest=0.0))
    found = Conformity((1.0, 2.0), (0.4, 0.8), is_of_labels=False)
    table = interval_table(found, task, Known(), pd.DataFrame({"x": [0.5, 5.0]}), 0.6)
    assert table.to_dict("list") == {"low": [0.0, 3.0], "high": [2.5, 7.0]}


def test_intervals_of_a_target_without_negative_values_do_not_go_below_zero(numbers):
    """Seen: an interval from -27 for a price of at least .36."""
    y = np.random.default_rng(0).exponential(size=400)
    found = conformity_of(numbers, y, Predictions(np.full(400, 1.0)))
    table = interval_table(found, numbers, Known(), pd.DataFrame({"x": [0.5, -9.0]}), 0.9)
    assert table["low"].tolist() == [0.0, 0.0]
    assert table["high"].iloc[1] == 0.0
    assert Conformity.from_json(found.to_json()) == found
    below = conformity_of(numbers, y - 0.5, Predictions(np.full(400, 1.0)))
    assert interval_table(below, numbers, Known(), pd.DataFrame({"x": [0.5]}), 0.9)["low"].iloc[0] < 0


def test_scores_of_an_earlier_version_are_read():
    assert Conformity.from_json('{"scores": [1.0], "shares": [0.5], "is_of_labels": false}').lowest is None


def test_a_table_of_sets_has_the_likeliest_label_first(labels):
    found = Conformity((0.1, 0.6), (0.4, 0.8), is_of_labels=True)
    table = interval_table(found, labels, Known(), pd.DataFrame({"x": [0.55, 0.95]}), 0.6)
    assert table["labels"].tolist() == [("Yes", "No"), ("Yes",)]


def test_it_is_read_as_it_was_written():
    found = Conformity((1.0, 2.5), (0.25, 0.75), is_of_labels=True)
    assert Conformity.from_json(found.to_json()) == found
