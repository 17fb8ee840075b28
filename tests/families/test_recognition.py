"""A family is recognised by what the code of a block calls, in whatever way it is written."""

import pytest

from mlestar_jupyter.families.recognition import recognise
from mlestar_jupyter.knowledge import recipes
from mlestar_jupyter.planners.recipes import RecipePlanner
from mlestar_jupyter.planners.variants import variants
from tests.planners.tables import make_task
from tests.planners.test_recipes import _refine_all, _solution

pytestmark = pytest.mark.fast

LR = "from sklearn.linear_model import LogisticRegression\n"
PIPELINE = "from sklearn.pipeline import make_pipeline, Pipeline\nfrom sklearn.preprocessing import StandardScaler\n"
ENSEMBLE = "from sklearn.ensemble import VotingClassifier, StackingClassifier\nfrom xgboost import XGBClassifier\n"


def _make(body, imports=LR, arguments="**params"):
    lines = "\n".join(f"    {line}" for line in body.splitlines())
    return f"{imports}\n\ndef make_model({arguments}):\n{lines}\n"


@pytest.mark.parametrize(
    ("source", "family", "tuned"),
    [
        (_make('"""XGB was no better."""\n# nor LGBM\nreturn LogisticRegression(**params)'), "linear", {"C"}),
        (_make("return LR(**params)", "from sklearn.linear_model import LogisticRegression as LR"), "linear", {"C"}),
        (_make("return lm.Ridge(**params)", "import sklearn.linear_model as lm"), "ridge", {"alpha"}),
        (_make("return sklearn.linear_model.Ridge(**params)", "import sklearn.linear_model"), "ridge", {"alpha"}),
        (_make("return linear_model.Ridge(**params)", "from sklearn import linear_model"), "ridge", {"alpha"}),
        (_make("return SVC(**params)", "from sklearn.svm._classes import SVC"), "support_vectors", {"C", "gamma"}),
        (_make("from sklearn.svm import LinearSVC\nreturn LinearSVC(**params)", ""), "linear_support_vectors", {"C"}),
        (_make("model = LogisticRegression(**params)\nreturn model"), "linear", {"C"}),
        (_make("return make_pipeline(StandardScaler(), LogisticRegression(**params))", LR + PIPELINE), "linear", {"C"}),
        (_make('return Pipeline([("a", StandardScaler()), ("b", LogisticRegression(**params))])', LR + PIPELINE), "linear", {"C"}),
        (
            _make(
                "return TransformedTargetRegressor(Ridge(**params), transformer=QuantileTransformer())",
                "from sklearn.compose import TransformedTargetRegressor\nfrom sklearn.linear_model import Ridge\n"
                "from sklearn.preprocessing import QuantileTransformer\n",
            ),
            "ridge",
            {"alpha"},
        ),
        (
            _make(
                "return CalibratedClassifierCV(LogisticRegression(**params), cv=StratifiedKFold(3))",
                LR + "from sklearn.calibration import CalibratedClassifierCV\nfrom sklearn.model_selection import StratifiedKFold\n",
            ),
            "linear",
            {"C"},
        ),
        (_make("return LogisticRegression(**params) if params else LogisticRegression()"), "linear", {"C"}),
        (_make("if params:\n    return LogisticRegression(**params)\nreturn LogisticRegression(C=3)"), "linear", {"C"}),
        (_make("return inner(2, **params)", LR + "def inner(n, **more):\n    return LogisticRegression(**more)\n"), "linear", {"C"}),
        (_make("kind = LogisticRegression\nreturn kind(**params)"), "linear", {"C"}),
        (LR + "make_model = LogisticRegression\n", "linear", {"C"}),
        (LR + "make_model = lambda **params: LogisticRegression(**params)\n", "linear", {"C"}),
        (_make("return LogisticRegression(C=params.get('C', 2.0))"), "linear", {"C"}),
        (_make("return LogisticRegression(C=C, max_iter=99)", arguments="C=1.0"), "linear", {"C"}),
        (_make("return LogisticRegression(C=0.5)"), "linear", set()),
        (_make("return LogisticRegression(C=0.5, **params)"), "linear", set()),
        (_make("return LogisticRegression('l2', **params)"), "linear", set()),
        (_make("return Own(**params)", LR + "class Own(LogisticRegression):\n    pass\n"), "linear", {"C"}),
        (
            _make(
                "found = [LogisticRegression(random_state=s, **params) for s in range(3)]\n"
                "return VotingClassifier([(str(n), m) for n, m in enumerate(found)])", LR + ENSEMBLE,
            ),
            "linear",
            {"C"},
        ),
    ],
)  # fmt: skip
def test_family_and_what_is_tuned(source, family, tuned):
    found = recognise(source)
    assert found.family is not None
    assert (found.family.name, set(found.space)) == (family, tuned)


@pytest.mark.parametrize(
    "source",
    [
        _make("return BayesianRidge(**params)", "from sklearn.linear_model import BayesianRidge  # better than Ridge"),
        _make("return RidgeCV(**params)", "from sklearn.linear_model import RidgeCV"),
        _make("return XGBRFClassifier(**params)", "from xgboost import XGBRFClassifier"),
        _make("return Ridge(**params)", "class Ridge:\n    pass\n"),
        _make("return Ridge(**params)", "from mine import Ridge"),
        _make('return StackingClassifier([("a", LogisticRegression()), ("b", XGBClassifier(**params))])', LR + ENSEMBLE),
        _make('return VotingClassifier([("a", LogisticRegression()), ("b", BayesianRidge())])', LR + ENSEMBLE + "from sklearn.linear_model import BayesianRidge\n"),
        _make("return XGBClassifier(**params) if params else LogisticRegression()", LR + ENSEMBLE),
        _make("return Mine(**params)", LR + "class Mine:\n    def fit(self, X, y):\n        self.m = LogisticRegression().fit(X, y)\n"),
        _make("return Mine(**params)", LR + "class Mine(LogisticRegression):\n    def __init__(self, strength=1):\n        super().__init__(C=strength)\n"),
        _make("return make_model(**params)"),
        _make("model = model\nreturn model"),
        "A = B\nB = A\n\n\ndef make_model(**params):\n    return A(**params)\n",
    ],
)  # fmt: skip
def test_what_is_of_no_single_family_has_none(source):
    found = recognise(source)
    assert (found.family, dict(found.space), found.known) == (None, {}, ())


def test_block_of_no_family_gets_the_generic_variants_alone():
    task = make_task("regression")
    source = _make("return BayesianRidge(**params)", "from sklearn.linear_model import BayesianRidge")
    solution = _solution(task, "linear").with_block("model", source)
    assert RecipePlanner().refine(task, solution, "hyperparameters", [], "") is None
    labels = [label for label, _, _ in variants(task, solution, "model", [])]
    assert "log target" in labels
    assert "penalty within the fold" not in labels


def test_text_that_names_another_library_changes_no_proposal():
    task = make_task()
    solution = _solution(task, "linear")
    source = solution.blocks["model"].replace('"""A linear', '"""XGB was no better. A linear')
    assert source != solution.blocks["model"]
    changed = solution.with_block("model", source)
    expected = [p.source for p in _refine_all(task, solution, "hyperparameters", limit=3)]
    assert [p.source for p in _refine_all(task, changed, "hyperparameters", limit=3)] == expected
    assert all('"C": ' in source for source in expected)
    assert variants(task, changed, "preprocessing", []) == variants(task, solution, "preprocessing", [])


def test_weights_go_into_the_call_that_makes_the_model():
    task = make_task()
    source = _make(
        '"""É: LogisticRegression(**params)"""\nreturn LogisticRegression(\n    max_iter=50,\n    **params,\n)'
    )
    assert recipes.balanced(task, source) == source.replace(
        "\n        **params", '\n        class_weight="balanced", **params'
    )
    assert (
        recipes.balanced(
            task, _make("return KNN(**params)", "from sklearn.neighbors import KNeighborsClassifier as KNN")
        )
        is None
    )


def test_neutral_model_that_uses_no_parameters_is_not_tuned():
    for problem in ("binary", "regression"):
        found = recognise(recipes.plain_model(make_task(problem)))
        assert found.family is not None
        assert found.space == {}


def test_support_vectors_are_tuned_up_to_their_limit_of_rows():
    from dataclasses import replace

    task = make_task("regression")
    solution = _solution(task, "linear").with_block(
        "model", _make("return SVR(**params)", "from sklearn.svm import SVR")
    )
    assert "gamma" in RecipePlanner().refine(task, solution, "hyperparameters", [], "").source
    many = replace(task, n_development=30_000)
    assert RecipePlanner().refine(many, solution, "hyperparameters", [], "") is None
    assert "approximate kernel" in [label for label, _, _ in variants(many, solution, "model", [])]
