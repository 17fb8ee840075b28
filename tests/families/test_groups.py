import pytest

from mlestar_jupyter.core.solution import Solution
from mlestar_jupyter.families.groups import family
from mlestar_jupyter.knowledge import recipes
from mlestar_jupyter.knowledge.approach import load_approaches
from tests.core.blocks_for_tests import BLOCKS
from tests.planners.tables import make_task

pytestmark = pytest.mark.fast


@pytest.fixture(scope="module")
def models():
    task = make_task()
    cards = {a.id: a for a in load_approaches() if a.kind == "model" and (not a.problems or task.problem in a.problems)}
    return {name: Solution.of(BLOCKS | {"model": recipes.model(task, c.recipe)[0]}) for name, c in cards.items()}


def test_configurations_of_one_library_are_a_family(models):
    names = {family(models[n]) for n in ("lightgbm", "lightgbm_small", "lightgbm_slow", "lightgbm_random")}
    assert names == {"LGBMClassifier"}


def test_libraries_are_different_families(models):
    names = [family(models[n]) for n in ("lightgbm", "xgboost", "catboost", "random_forest", "linear")]
    assert len(set(names)) == len(names)


def test_model_without_an_import_is_a_family_of_its_own():
    one = Solution.of(BLOCKS | {"model": "def make_model(**params):\n    return None"})
    other = Solution.of(BLOCKS | {"model": "def make_model(**params):\n    return 1"})
    assert family(one) != family(other)
