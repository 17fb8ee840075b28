import pytest

from mlestar_jupyter.core.candidate import Candidate
from mlestar_jupyter.phases.foundation.looking import Costs, Form, form_of
from mlestar_jupyter.planners.forms import rounds_of
from tests.planners.test_forms import CATBOOST, LIGHTGBM, LINEAR, solution


def candidate(known, label):
    return Candidate(known, label, None, "planner", "why", "foundation")


LINE = candidate(solution(LINEAR, C=1.0), "linear")
LEAVES = candidate(solution(LIGHTGBM, n_estimators=400, learning_rate=0.05), "lightgbm")
SLOWER = candidate(solution(LIGHTGBM, n_estimators=1000, learning_rate=0.02), "lightgbm slow")
SYMMETRIC = candidate(solution(CATBOOST, iterations=1000), "catboost")
MANY = [10_000] * 5
ALL = [LINE, LEAVES, SLOWER, SYMMETRIC]


def costs(left, **each):
    return Costs({name: [0.0, seconds] for name, seconds in each.items()}, left)


@pytest.mark.fast
@pytest.mark.parametrize(
    ("left", "folds"), [(10_000, None), (150, None), (75, 3), (30, 2), (3, 2)]
)  # two seconds a fit, four fifths of the time usable
def test_folds_follow_the_cost_of_boosted_trees(left, folds):
    assert form_of(costs(left, lightgbm=2 / 400, catboost=2 / 1000), ALL, MANY).folds == folds


@pytest.mark.fast
@pytest.mark.parametrize(
    ("tested", "folds"), [([150] * 5, None), ([1_200] * 5, 4), ([900] * 3, None), ([4_000] * 5, 2)]
)
def test_few_rows_keep_their_folds(tested, folds):
    assert form_of(costs(3, lightgbm=2 / 400, catboost=2 / 1000), ALL, tested).folds == folds


@pytest.mark.fast
def test_a_fit_is_so_short_that_sixteen_candidates_can_be_compared():
    form = form_of(costs(100, lightgbm=0.1, catboost=0.001), ALL, MANY)
    assert form.rounds["lightgbm"] == int(0.8 * 100 / 16 / 2 / 0.1) == 25
    changed = form.of(LEAVES)
    assert rounds_of(changed.solution).limit == 25
    assert changed.reason == "in a form for the time limit: 25 of 400 rounds; why"
    assert rounds_of(form.of(SLOWER).solution).limit == 25
    assert form.of(SYMMETRIC) is SYMMETRIC
    assert form.of(LINE) is LINE


@pytest.mark.fast
def test_rounds_take_as_long_as_the_rest_of_a_fit_at_least():
    known = Costs({"lightgbm": [5.0, 0.01], "catboost": [0.0, 0.01]}, 20)
    assert form_of(known, ALL, MANY).rounds == {"lightgbm": 500, "catboost": 50}


@pytest.mark.fast
def test_a_family_of_which_no_look_ended_gets_as_few_rounds_as_its_look():
    form = form_of(costs(100, catboost=0.001), ALL, MANY)
    assert rounds_of(form.of(LEAVES).solution).limit == 16


@pytest.mark.fast
def test_the_sentence_says_how_many_folds():
    assert Form().sentence == ""
    assert Form(2).sentence == "In this time limit all are compared on 2 of the folds."
