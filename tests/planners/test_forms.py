import pytest

from mlestar_jupyter.core.solution import Solution
from mlestar_jupyter.planners.forms import rounds_of, with_more_rounds, with_rounds
from mlestar_jupyter.planners.hyperparameters import parameters

IMPORT = "from {0} import {1}\n\n\ndef make_model(**params):\n    return {1}(**params)"
LIGHTGBM = IMPORT.format("lightgbm", "LGBMClassifier")
XGBOOST = IMPORT.format("xgboost", "XGBClassifier")
CATBOOST = IMPORT.format("catboost", "CatBoostClassifier")
FOREST = IMPORT.format("sklearn.ensemble", "RandomForestClassifier")
LINEAR = IMPORT.format("sklearn.linear_model", "LogisticRegression")


def solution(model, **params):
    return Solution.of({"hyperparameters": f"PARAMS = {params!r}", "model": model})


@pytest.mark.fast
@pytest.mark.parametrize(
    ("model", "params", "rounds", "expected"),
    [
        (XGBOOST, {"n_estimators": 400, "learning_rate": 0.05}, 100,
         {"n_estimators": 100, "learning_rate": 0.2}),
        (XGBOOST, {"n_estimators": 400, "learning_rate": 0.05}, 20,
         {"n_estimators": 20, "learning_rate": 0.3}),
        (LIGHTGBM, {"n_estimators": 400, "learning_rate": 0.05}, 20,
         {"n_estimators": 20, "learning_rate": 0.15}),
        (LIGHTGBM, {"n_estimators": 1500, "learning_rate": 0.05, "num_leaves": 8}, 200,
         {"n_estimators": 200, "learning_rate": 0.1, "num_leaves": 8}),
        (CATBOOST, {"iterations": 1000, "depth": 6}, 50, {"iterations": 50, "depth": 6}),
        (FOREST, {"n_estimators": 150}, 40, {"n_estimators": 40}),
        (LIGHTGBM, {"n_estimators": 400, "learning_rate": 0.05}, 400,
         {"n_estimators": 400, "learning_rate": 0.05}),
        (LINEAR, {"C": 1.0}, 5, {"C": 1.0}),
    ],
)  # fmt: skip
def test_fewer_rounds_take_larger_steps(model, params, rounds, expected):
    changed = with_rounds(solution(model, **params), rounds)
    assert parameters(changed.blocks["hyperparameters"]) == expected
    assert changed.blocks["model"] == solution(model).blocks["model"]


@pytest.mark.fast
@pytest.mark.parametrize(
    ("model", "params", "limit", "usual"),
    [
        (LIGHTGBM, {"n_estimators": 1500, "learning_rate": 0.05}, 1500, 400),
        (LIGHTGBM, {"n_estimators": 300, "learning_rate": 0.05}, 300, 300),
        (CATBOOST, {"iterations": 1000}, 1000, 1000),
    ],
)
def test_rounds_are_a_limit_and_what_is_usual_below_it(model, params, limit, usual):
    found = rounds_of(solution(model, **params))
    assert (found.limit, found.usual) == (limit, usual)


@pytest.mark.fast
@pytest.mark.parametrize(
    "known", [solution(LINEAR, C=1.0), solution(LIGHTGBM), solution("make_model = print", n_estimators=3)]
)
def test_what_makes_no_rounds_is_left_as_it_is(known):
    assert rounds_of(known) is None
    assert with_rounds(known, 3) is known


USUAL = solution(LIGHTGBM, n_estimators=1500, learning_rate=0.05)


@pytest.mark.fast
@pytest.mark.parametrize(
    ("params", "rounds", "expected"),
    [
        ({"n_estimators": 40, "learning_rate": 0.15}, 160, {"n_estimators": 160, "learning_rate": 0.125}),
        ({"n_estimators": 360, "learning_rate": 0.0556}, 400, {"n_estimators": 1500, "learning_rate": 0.05}),
        ({"n_estimators": 40, "learning_rate": 0.02}, 120, {"n_estimators": 120, "learning_rate": 0.02}),
        ({"n_estimators": 100, "learning_rate": 0.1}, 50, {"n_estimators": 100, "learning_rate": 0.1}),
        ({"n_estimators": 1500, "learning_rate": 0.05}, 9000, {"n_estimators": 1500, "learning_rate": 0.05}),
    ],
)
def test_longer_forms_lead_to_the_usual_one(params, rounds, expected):
    longer = with_more_rounds(solution(LIGHTGBM, **params), USUAL, rounds)
    assert parameters(longer.blocks["hyperparameters"]) == expected


@pytest.mark.fast
@pytest.mark.parametrize("known", [solution(LINEAR, C=1.0), solution(FOREST, n_estimators=10)])
def test_what_is_of_no_family_or_another_is_not_made_longer(known):
    assert with_more_rounds(known, USUAL, 300) is known
