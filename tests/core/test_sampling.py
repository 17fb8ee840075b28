import numpy as np
import pandas as pd
import pytest

from mlestar_jupyter.core.folds import Fold
from mlestar_jupyter.core.sampling import comparable_rows, first_look, sample_rows, sample_sentence, with_sample
from mlestar_jupyter.data.reading import read_table
from mlestar_jupyter.knowledge import recipes
from mlestar_jupyter.problems.recognition import make_dataset

pytestmark = pytest.mark.fast


def dataset_of(n_rows=4000, target="rare", **arguments):
    generator = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "x": generator.normal(size=n_rows),
            "when": pd.Timestamp("2026-01-01") + pd.to_timedelta(generator.permutation(n_rows), unit="h"),
            "shop": generator.integers(0, 200, n_rows),
            "price": generator.normal(size=n_rows),
            "rare": np.where(np.arange(n_rows) % 100 == 0, "yes", "no"),
        }
    )
    return make_dataset(read_table(frame), target, **arguments)


def test_a_sample_keeps_the_shares_of_the_classes():
    dataset = with_sample(dataset_of(), 1500)
    assert len(dataset.development) == pytest.approx(1500, abs=2)
    assert dataset.development.y.mean() == pytest.approx(dataset.whole.y.mean(), abs=0.002)


def test_a_rare_class_keeps_rows_for_every_fold():
    assert with_sample(dataset_of(), 100).development.y.sum() == 10


def test_a_sample_in_time_is_the_latest_rows():
    dataset = dataset_of(time="when")
    sample = with_sample(dataset, 500).development.X["when"]
    assert sample.min() > dataset.whole.X["when"].iloc[:-500].max()


def test_a_sample_of_groups_has_whole_groups():
    dataset = dataset_of(group="shop")
    chosen = sample_rows(dataset.whole.y, dataset.whole.groups, 1000, dataset.task)
    groups = dataset.whole.groups
    assert 900 < len(chosen) <= 1000
    assert not set(groups[chosen]) & set(np.delete(groups, chosen))


@pytest.mark.parametrize("arguments", [{}, {"group": "shop"}, {"time": "when"}, {"target": "price"}])
def test_the_same_seed_draws_the_same_rows(arguments):
    first, second = (with_sample(dataset_of(**arguments), 700) for _ in range(2))
    assert np.array_equal(first.development.source, second.development.source)
    assert not first.whole.X.empty
    assert first.task.id == dataset_of(**arguments).task.id


def test_no_sample_where_all_rows_fit():
    dataset = dataset_of()
    assert with_sample(dataset, 4000) is dataset
    assert sample_sentence(dataset.task) == ""
    assert dataset.whole is dataset.development


def test_the_sample_is_stated_with_its_size_and_kind():
    task = with_sample(dataset_of(time="when"), 500).task
    assert task.notices[-1] == (
        "A large table: candidates are compared on 500 of 3,200 rows, the latest by when (a first look takes a third "
        "of these); the final model is fitted on all 3,200, or as many as there is time for."
    )
    assert "compared on 500 of them" in task.describe()


def test_a_longer_time_limit_takes_more_rows_up_to_ten_minutes():
    from dataclasses import replace

    task = replace(dataset_of().task, n_development=10_000_000)
    short, middle, long, longer = (comparable_rows(task, seconds) for seconds in (60, 300, 600, 6000))
    assert short < middle < long == longer == comparable_rows(task, None)


def test_few_rows_are_never_thinned_out():
    assert comparable_rows(dataset_of().task, 1) == 3200


def test_folds_in_time_are_made_for_the_sample():
    task = with_sample(dataset_of(time="when"), 500).task
    assert "test_size=50" in recipes.validation(task)


@pytest.mark.parametrize("arguments", [{}, {"group": "shop"}, {"time": "when"}, {"target": "price"}])
def test_first_look_takes_a_third_of_a_folds_rows_in_the_samples_way(arguments):
    dataset = with_sample(dataset_of(**arguments), 900)
    rows = dataset.development
    fold = Fold(np.arange(600), np.arange(600, 900))
    look = first_look(fold, rows, dataset.task)
    assert len(look.train) == pytest.approx(200, abs=40)
    assert set(look.train) <= set(fold.train)
    assert np.array_equal(look.test, fold.test)
    if "time" in arguments:
        assert look.train.min() >= 400
    if "group" in arguments:
        assert not set(rows.groups[look.train]) & set(rows.groups[np.setdiff1d(fold.train, look.train)])
    assert look.id == first_look(fold, rows, dataset.task).id


def test_first_look_takes_the_whole_fold_where_there_is_no_sample():
    dataset, fold = dataset_of(), Fold(np.arange(600), np.arange(600, 900))
    assert first_look(fold, dataset.development, dataset.task) is fold
