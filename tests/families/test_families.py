"""Each built-in family keeps the contract, and recipes are what they were before families had modules."""

import hashlib
import json

import pytest

from mlestar_jupyter.core.solution import Solution
from mlestar_jupyter.errors import PluginError
from mlestar_jupyter.families.recognition import recognise
from mlestar_jupyter.families.registry import families
from mlestar_jupyter.knowledge import recipes
from mlestar_jupyter.knowledge.approach import load_approaches
from mlestar_jupyter.planners.recipes import RecipePlanner
from mlestar_jupyter.planners.variants import variants
from tests.families.contract import FamilyContract
from tests.planners.tables import make_task
from tests.plugins_for_tests import installed

pytestmark = pytest.mark.fast

FAMILY_OF = {
    **dict.fromkeys(("catboost", "catboost_long", "growth_catboost"), "catboost"),
    **dict.fromkeys(("lightgbm", "lightgbm_random", "lightgbm_slow", "lightgbm_small", "growth_lightgbm"), "lightgbm"),
    **dict.fromkeys(("xgboost", "xgboost_deep", "xgboost_shallow"), "xgboost"),
    "neighbours": "neighbours",
    "log_target_boosting": "lightgbm",
}


class TestBuiltIn(FamilyContract):
    @pytest.fixture(params=families())
    def family(self, request):
        return families()[request.param]


def _models(problem):
    task = make_task(problem, time="stamp" if problem == "regression" else None, without=("review",))
    cards = [a for a in load_approaches() if a.kind == "model" and a.suits(problem)]
    return task, {
        a.id: Solution.of(dict(zip(("model", "hyperparameters"), recipes.model(task, a.recipe), strict=True)))
        for a in cards
    }


@pytest.mark.parametrize("problem", ["binary", "multiclass", "regression"])
def test_every_recipe_is_of_its_family(problem):
    _, models = _models(problem)
    for name, solution in models.items():
        expected = FAMILY_OF.get(name, name)
        if (name, problem) == ("linear", "regression"):
            expected = "ridge"
        assert recognise(solution.blocks["model"]).family is families()[expected]


@pytest.mark.parametrize(
    ("problem", "digest"), [("binary", "0da31ddabd71"), ("multiclass", "0da31ddabd71"), ("regression", "c314020c894c")]
)
def test_spaces_known_settings_and_variants_of_recipes_stay(problem, digest):
    """As on 2026-11-26, when a text search found them, which gave CatBoost over a line in time the settings of Ridge.

    But for regression, where the logarithm takes negative values since, and a name in the source is another one.
    """
    task, models = _models(problem)
    found = {}
    for name, solution in models.items():
        model = recognise(solution.blocks["model"])
        space = {parameter: repr(part) for parameter, part in model.space.items()}
        proposed = [
            (label, hashlib.sha256(source.encode()).hexdigest())
            for label, source, _ in variants(task, solution, "model", [])
        ]
        found[name] = [list(space.items()), [dict(known) for known in model.known], proposed]
    assert hashlib.sha256(json.dumps(found).encode()).hexdigest()[:12] == digest


def test_a_tree_gets_the_preprocessing_of_its_card():
    task = make_task()
    planner = RecipePlanner()
    tree = next(d for d in planner.baselines(task) if d.label == "decision tree").solution
    labels = [label for label, _, _ in variants(task, tree, "preprocessing", [])]
    assert "trees" in labels
    assert "quantile" not in labels


@pytest.mark.parametrize(
    ("name", "calls", "taken"),
    [
        ("ridge", "guest.Ridge", "that name is taken"),
        ("other", "sklearn.Ridge", "sklearn.Ridge belongs to another family"),
    ],
)
def test_name_or_estimator_that_is_taken_is_refused(tmp_path, name, calls, taken):
    source = f"from mlestar_jupyter.families.base import Family\nOTHER = Family({name!r}, 'Other', ({calls!r},))\n"
    with installed(tmp_path, source, ("families", name, "OTHER")), pytest.raises(PluginError, match=taken):
        families()
