import numpy as np
import pandas as pd
import pytest

from mlestar_jupyter.core.blocks import check_block, read_marker, with_marker
from mlestar_jupyter.core.build import make_splitter
from mlestar_jupyter.core.solution import Solution
from mlestar_jupyter.errors import BlockError, SettingError
from tests.core.blocks_for_tests import BLOCKS

pytestmark = pytest.mark.fast

ENSEMBLE = (
    "from sklearn.ensemble import VotingClassifier\n\n\n"
    'def make_ensemble(members):\n    return VotingClassifier(members, voting="soft", weights=[0.5, 0.5])'
)


@pytest.fixture
def solution():
    return Solution.of(BLOCKS)


@pytest.fixture
def table():
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.normal(size=(80, 3)), columns=["a", "b", "c"])
    return X, (X["a"] > 0).to_numpy().astype(int)


def test_same_blocks_have_the_same_id(solution):
    again = Solution.of({name: BLOCKS[name] + "\n\n" for name in reversed(BLOCKS)})
    assert again.id == solution.id


def test_changing_a_block_there_and_back_keeps_the_id(solution):
    other = solution.with_block("hyperparameters", "PARAMS = {'C': 2}")
    assert other.id != solution.id
    assert other.with_block("hyperparameters", "PARAMS = {}").id == solution.id


def test_validation_is_no_part_of_what_is_fitted(solution):
    other = solution.with_block("validation", BLOCKS["validation"].replace("4", "3"))
    assert other.fit_id == solution.fit_id
    assert other.id != solution.id


def test_solution_builds_one_pipeline_that_fits(solution, table):
    X, y = table
    pipeline = solution.build().fit(X, y)
    assert list(dict(pipeline.steps)) == ["cleaning", "features", "preprocessing", "model"]
    assert pipeline.score(X, y) > 0.9


def test_ensemble_prints_shared_blocks_once_and_numbers_the_others(solution, table):
    second = solution.with_block("hyperparameters", "PARAMS = {'C': 0.001}  # PARAMS of the second")
    ensemble = Solution.of({**solution.blocks, "ensemble": ENSEMBLE}, (solution, second))
    source = ensemble.module_source()
    assert source.count("def clean(X)") == 1
    assert "PARAMS_1 = {}" in source
    assert "PARAMS_2 = {'C': 0.001}  # PARAMS of the second" in source
    X, y = table
    probabilities = ensemble.build().fit(X, y).predict_proba(X)
    single = [s.build().fit(X, y).predict_proba(X) for s in (solution, second)]
    np.testing.assert_allclose(probabilities, np.mean(single, axis=0))


def test_shared_block_that_uses_a_name_of_a_differing_block_is_numbered_too(solution):
    base = solution.with_block("cleaning", "LIMIT = 1\n\n\ndef clean(X):\n    return X.clip(upper=LIMIT)")
    base = base.with_block("features", "def make_features():\n    return 'passthrough' if LIMIT else 'passthrough'")
    other = base.with_block("cleaning", "LIMIT = 2\n\n\ndef clean(X):\n    return X.clip(upper=LIMIT)")
    source = Solution.of({**base.blocks, "ensemble": ENSEMBLE}, (base, other)).module_source()
    assert "def make_features_1" in source
    assert "if LIMIT_2 else" in source


def test_rename_leaves_attributes_and_keywords_alone(solution):
    text = "class Box:\n    clean = 1\n\n\ndef clean(X):\n    dict(clean=Box.clean)\n    return X"
    other = solution.with_block("cleaning", text)
    source = Solution.of({**solution.blocks, "ensemble": ENSEMBLE}, (solution, other)).module_source()
    assert "dict(clean=Box_2.clean)" in source


def test_edit_of_an_ensemble_goes_to_its_lead_member(solution):
    second = solution.with_block("hyperparameters", "PARAMS = {'C': 2}")
    ensemble = Solution.of({**solution.blocks, "ensemble": ENSEMBLE}, (solution, second))
    edited = ensemble.with_block("hyperparameters", "PARAMS = {'C': 3}")
    assert "'C': 3" in edited.members[0].blocks["hyperparameters"]
    assert edited.members[1] == second


def test_diff_names_the_block(solution):
    other = solution.with_block("hyperparameters", "PARAMS = {'C': 2}")
    diff = solution.diff(other)
    assert "hyperparameters" in diff
    assert "+PARAMS = {'C': 2}" in diff
    assert solution.diff(solution) == ""


@pytest.mark.parametrize("source", ["# mlestar: features\nx = 1", "\n#mlestar:features  (yours)\nx = 1"])
def test_marker_is_read(source):
    assert read_marker(source) == "features"


def test_ordinary_cells_have_no_marker():
    assert read_marker("# features\nx = 1") is None


def test_unknown_marker_names_the_nearest_block():
    with pytest.raises(SettingError, match="Did you mean 'features'"):
        read_marker("# mlestar: feature\nx = 1")


def test_marker_is_put_once():
    assert with_marker("model", with_marker("model", "x = 1")).count("# mlestar") == 1


def test_syntax_error_in_a_block_names_the_line():
    with pytest.raises(BlockError, match="'model' has a syntax error in line 2"):
        check_block("model", "def make_model(**params):\n    return (\n")


def test_missing_function_says_what_to_write():
    with pytest.raises(BlockError, match=r"does not define 'make_features'. Write `def make_features\(\)`"):
        check_block("features", "def features():\n    pass")


def test_solution_without_a_block_names_it(solution):
    lacking = Solution.of({name: source for name, source in solution.blocks.items() if name != "model"})
    with pytest.raises(BlockError) as error:
        lacking.check()
    assert str(error.value) == "The solution has no block 'model'. Add a cell that starts with `# mlestar: model`."


def test_solution_that_cannot_be_built_says_why(solution):
    with pytest.raises(BlockError) as error:
        solution.with_block("model", "def make_model(**params):\n    return missing").build()
    assert str(error.value) == (
        "The solution cannot be built: NameError: name 'missing' is not defined. "
        "Correct the block that this comes from, and run its cell again."
    )


@pytest.mark.parametrize(
    ("body", "line"),
    [
        (
            "raise ValueError('no folds')",
            "The block 'validation' fails: ValueError: no folds. Correct the cell and run it again.",
        ),
        (
            "return 5",
            "make_splitter() in the block 'validation' returned int, which has no split(). "
            "Return a scikit-learn splitter, such as StratifiedKFold(5, shuffle=True, random_state=0).",
        ),
    ],
)
def test_validation_block_that_makes_no_splitter_says_what_to_return(body, line):
    with pytest.raises(BlockError) as error:
        make_splitter(f"def make_splitter():\n    {body}")
    assert str(error.value) == line
