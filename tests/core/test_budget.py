import pytest

from mlestar_jupyter.core.budget import Budget

pytestmark = pytest.mark.fast


def test_time_is_up_when_the_clock_says_so():
    now = [0.0]
    budget = Budget(10, clock=lambda: now[0])
    assert not budget.exhausted()
    now[0] = 11
    assert budget.exhausted()
    assert budget.seconds_left() == 0


def test_time_that_other_work_has_no_use_for_makes_a_budget_longer():
    now = [0.0]
    budget = Budget(10, clock=lambda: now[0])
    now[0] = 11
    budget.extend(5)
    assert budget.seconds_left() == 4


def test_a_budget_without_a_time_limit_stays_without_one():
    budget = Budget()
    budget.extend(5)
    assert budget.seconds_left() is None


def test_count_is_used_up():
    budget = Budget(evaluations=3)
    budget.charge(2)
    assert budget.evaluations_left(5) == 1
    budget.charge(1)
    assert budget.exhausted()
