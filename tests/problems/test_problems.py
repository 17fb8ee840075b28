"""The built-in problem types: what each keeps, and that nothing else knows their names."""

import ast
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression

import mlestar_jupyter
from mlestar_jupyter.core.predictions import Predictions
from mlestar_jupyter.data.reading import read_table
from mlestar_jupyter.errors import PluginError, SettingError
from mlestar_jupyter.knowledge.approach import load_approaches
from mlestar_jupyter.problems.forms import Number, Numbers
from mlestar_jupyter.problems.recognition import find_problem, make_dataset
from mlestar_jupyter.problems.registry import problems
from tests.plugins_for_tests import installed
from tests.problems.contract import ProblemContract

pytestmark = pytest.mark.fast

PACKAGE = Path(mlestar_jupyter.__file__).parent
NAMES = {"binary", "multiclass", "regression"}
TARGETS = {
    "binary": lambda x, random: np.where(x + random.normal(size=len(x)) > 0, "yes", "no"),
    "multiclass": lambda x, random: np.array(["low", "middle", "high"])[
        np.digitize(x + 0.3 * random.normal(size=len(x)), [-0.5, 0.5])
    ],
    "regression": lambda x, random: 3 * x + random.normal(size=len(x)),
}


@pytest.mark.parametrize("name", list(TARGETS), scope="class")
class TestBuiltIn(ProblemContract):
    @pytest.fixture
    def problem(self, name):
        return problems()[name]

    @pytest.fixture
    def target(self, name):
        return TARGETS[name]


@pytest.mark.parametrize("name", list(TARGETS))
def test_a_target_that_names_no_problem_is_recognised(name):
    random = np.random.default_rng(0)
    y = pd.Series(TARGETS[name](random.normal(size=100), random), name="y")
    assert find_problem(y).problem.name == name


def test_unknown_problem_names_the_nearest_of_those_that_there_are():
    with pytest.raises(SettingError, match=r"regresion.*regression"):
        find_problem(pd.Series([1.0, 2.0, 3.5], name="y"), "regresion")


@pytest.mark.parametrize(
    ("name", "rules"),
    [("binary", "class codes 0 and 1; 1 is the positive class."), ("multiclass", "class codes 0 to 2.")],
)
def test_a_chat_model_is_given_the_codes_of_the_classes(name, rules):
    random = np.random.default_rng(0)
    x = random.normal(size=100)
    frame = pd.DataFrame({"x": x, "y": TARGETS[name](x, random)})
    task = make_dataset(read_table(frame), "y", on_open=lambda reason: None).task
    assert problems()[name].rules(task) == rules


def test_predictions_of_another_form_say_so():
    X, several = pd.DataFrame({"x": [0.0, 1.0, 2.0]}), Numbers(("low", "high"))
    model = LinearRegression().fit(X, [1, 2, 3])
    with pytest.raises(ValueError, match=r"^the model predicted one number a row, not the 2 columns of the task$"):
        several.ask(model, X)
    with pytest.raises(ValueError, match=r"^predictions without their columns$"):
        several.check(Predictions(model.predict(X)))
    with pytest.raises(ValueError, match=r"^predictions of one number a row, and 2 columns$"):
        Number().values(np.zeros((3, 2)))


def test_name_that_is_taken_is_refused(tmp_path):
    source = "from mlestar_jupyter.problems.regression import REGRESSION\n"
    with (
        installed(tmp_path, source, ("problems", "regression", "REGRESSION")),
        pytest.raises(PluginError, match="'regression' to mlestar_jupyter.problems, but that name is taken"),
    ):
        problems()


def _decisions(path):
    """Comparisons and look-ups with the name of a problem type."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        parts = []
        if isinstance(node, ast.Compare):
            parts = [node.left, *node.comparators]
        elif isinstance(node, (ast.Dict, ast.Set, ast.Tuple, ast.List)):
            parts = node.keys if isinstance(node, ast.Dict) else []
        elif isinstance(node, ast.MatchValue):
            parts = [node.value]
        for part in parts:
            inner = part.elts if isinstance(part, (ast.Tuple, ast.List, ast.Set)) else [part]
            if any(isinstance(one, ast.Constant) and one.value in NAMES for one in inner):
                yield f"{path.relative_to(PACKAGE)}:{node.lineno}"


def test_no_other_module_decides_by_the_name_of_a_problem():
    elsewhere = [p for p in PACKAGE.rglob("*.py") if p.relative_to(PACKAGE).parts[0] != "problems"]
    assert [found for path in elsewhere for found in _decisions(path)] == []
    in_templates = re.compile(rf"""==\s*["']({"|".join(NAMES)})["']""")
    assert [p.name for p in PACKAGE.rglob("*.j2") if in_templates.search(p.read_text(encoding="utf-8"))] == []


def test_nothing_below_the_problems_imports_them():
    lower = [*(PACKAGE / "core").rglob("*.py"), *(PACKAGE / "data").rglob("*.py")]
    assert [p.name for p in lower if "mlestar_jupyter.problems" in p.read_text(encoding="utf-8")] == []


def test_cards_name_problems_only_where_they_do_not_fit_all():
    assert all(set(a.problems) < NAMES for a in load_approaches())
