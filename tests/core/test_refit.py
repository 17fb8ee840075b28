from types import SimpleNamespace

import pytest

from mlestar_jupyter.core.refit import (
    affordable_rows,
    longest_refit_seconds,
    members_of,
    own_refit_seconds,
    refit_seconds,
    reserved_seconds,
)
from mlestar_jupyter.problems.recognition import find_metric

pytestmark = pytest.mark.fast


def member(fit_seconds, n_train=1000, score=0.5, *, fit_id="", members=(), author="planner"):
    solution = SimpleNamespace(fit_id=fit_id, members=members)
    candidate = SimpleNamespace(solution=solution, author=author)
    return SimpleNamespace(
        fit_seconds=fit_seconds, fold_scores=(0.5,) * 5, n_train=n_train, score=score, candidate=candidate
    )


def test_a_final_fit_takes_as_much_longer_as_it_has_rows():
    assert refit_seconds([member(50)], 8000, 2) == pytest.approx(80)


def test_members_are_fitted_side_by_side():
    assert refit_seconds([member(50), member(50), member(10)], 1000, 2) == pytest.approx(11)


def test_what_comes_last_is_the_best_alone_or_an_ensemble_of_the_next_best():
    metric = find_metric("roc_auc", "binary")
    others = [member(10, score=0.8)] * 4 + [member(500, score=0.6)]
    quick, slow = member(10, score=0.9), member(100, score=0.9)
    assert longest_refit_seconds([quick, *others], quick, metric, 1000, 2) == pytest.approx(5)
    assert longest_refit_seconds([slow, *others], slow, metric, 1000, 2) == pytest.approx(20)


def test_a_little_more_than_that_is_set_aside():
    metric = find_metric("roc_auc", "binary")
    assert reserved_seconds([member(50)], member(50), metric, 1000, 2) == pytest.approx(1.25 * 10 + 0.5)


def test_all_rows_where_there_is_no_limit_or_time_enough():
    assert affordable_rows(8000, 1000, 100, None) == 8000
    assert affordable_rows(8000, 1000, 100, 150) == 8000


def test_fewer_rows_where_time_is_short_but_never_fewer_than_the_sample():
    assert 3000 < affordable_rows(8000, 1000, 100, 50) < 4000
    assert affordable_rows(8000, 1000, 100, 0) == 1000


def test_each_kind_of_solution_takes_its_own_time():
    first, second = member(50, fit_id="a"), member(30, fit_id="b")
    parts = (first.candidate.solution, second.candidate.solution)
    vote, learner = member(80, members=parts), member(5 * 80, members=parts)
    known = [second, first]
    assert own_refit_seconds(first, members_of(first, known), 1000, 2) == pytest.approx(10)
    assert own_refit_seconds(vote, members_of(vote, known), 1000, 2) == pytest.approx(10)
    assert own_refit_seconds(vote, members_of(vote, known), 1000, 1) == pytest.approx(16)
    assert own_refit_seconds(learner, members_of(learner, known), 1000, 2) == pytest.approx(50)
    written = member(120, members=parts, author="model")
    assert own_refit_seconds(written, members_of(written, known), 1000, 2) == pytest.approx(24)
    assert own_refit_seconds(vote, members_of(vote, [first]), 1000, 2) == pytest.approx(16)
