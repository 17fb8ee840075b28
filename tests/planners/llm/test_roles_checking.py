import pytest

from mlestar_jupyter.core.solution import Solution
from tests.core.blocks_for_tests import BLOCKS
from tests.planners.llm.solutions import RATIO, SOLUTION, TREE, agents, failed
from tests.planners.tables import make_task

pytestmark = pytest.mark.fast

TASK = make_task()
LEAKY = "import pandas as pd\n\n\ndef clean(X):\n    return X.select_dtypes('number').fillna(X.mean(numeric_only=True))"
ENSEMBLE = "from sklearn.ensemble import VotingClassifier\n\n\ndef make_ensemble(members):\n    return VotingClassifier(members)"
COMBINED = Solution.of({**BLOCKS, "ensemble": ENSEMBLE}, (SOLUTION, SOLUTION.with_block("model", TREE)))
SOFT = ENSEMBLE.replace("(members)\n", "(members)\n").replace(
    "Classifier(members)", "Classifier(members, voting='soft')"
)


def test_a_leak_is_corrected_in_its_block():
    solution = SOLUTION.with_block("cleaning", LEAKY)
    roles, _ = agents({"block": "cleaning", "source": BLOCKS["cleaning"], "reason": "means of all rows"})
    assert roles.check_leakage(TASK, solution).id == SOLUTION.id


@pytest.mark.parametrize("answer", [{"block": "none"}, {"block": " None "}, {"block": ""}, None])
def test_nothing_leaks(answer):
    roles, chat = agents(answer)
    assert roles.check_leakage(TASK, SOLUTION) is None
    assert len(chat.asked) == 1


@pytest.mark.parametrize("block", ["validation", "ensemble", "def clean(X):", "clean"])
def test_only_a_block_that_may_change_can_be_corrected(block):
    """By its name, never by a piece of its text; and never the folds."""
    roles, chat = agents(*[{"block": block, "source": BLOCKS["validation"]}] * 2)
    assert roles.check_leakage(TASK, SOLUTION) is None
    assert "no block to correct" in " ".join(chat.asked[1].prompt.split())


def test_a_correction_that_changes_nothing_is_none():
    roles, _ = agents(*[{"block": "cleaning", "source": BLOCKS["cleaning"]}] * 2)
    assert roles.check_leakage(TASK, SOLUTION) is None


def test_an_ensemble_is_checked_in_the_block_that_combines():
    roles, chat = agents({"block": "ensemble", "source": SOFT})
    corrected = roles.check_leakage(TASK, COMBINED)
    assert corrected.members == COMBINED.members
    assert "soft" in corrected.blocks["ensemble"]
    assert "make_ensemble" in chat.asked[0].prompt
    assert "def make_preprocessor():\n" not in chat.asked[0].prompt


def test_a_failed_candidate_is_mended():
    broken = SOLUTION.with_block("model", TREE.replace("random_state", "random_sate"))
    roles, chat = agents({"block": "model", "source": TREE, "reason": "a misspelt argument"})
    error = "TypeError: DecisionTreeClassifier.__init__() got an unexpected keyword argument 'random_sate'"
    mended = roles.debug(TASK, failed(error, solution=broken))
    assert mended.id == SOLUTION.with_block("model", TREE).id
    assert error in chat.asked[0].prompt


def test_a_candidate_of_one_block_is_mended_there_alone():
    broken = SOLUTION.with_block("features", RATIO.replace("'price'", "'prize'"))
    roles, chat = agents(*[{"block": "model", "source": TREE}] * 2)
    assert roles.debug(TASK, failed("KeyError: 'prize'", solution=broken, block="features")) is None
    assert "You may change this block alone: features." in chat.asked[0].prompt
    assert "`features` defines `def make_features()`" in chat.asked[0].prompt
    roles, _ = agents({"block": "features", "source": RATIO})
    assert "'price'" in roles.debug(TASK, failed("KeyError", solution=broken, block="features")).blocks["features"]


def test_an_ensemble_is_mended_in_the_block_that_combines():
    roles, _ = agents({"block": "ensemble", "source": SOFT})
    mended = roles.debug(TASK, failed("AttributeError: predict_proba", solution=COMBINED, block="ensemble"))
    assert mended.members == COMBINED.members
    assert "soft" in mended.blocks["ensemble"]


def test_a_candidate_that_was_dropped_has_nothing_to_mend():
    roles, chat = agents({"block": "model", "source": TREE})
    assert roles.debug(TASK, failed("its first fold promised too little", kind="dropped")) is None
    assert chat.asked == []


def test_the_debugger_is_said_of_a_limit():
    roles, chat = agents({"block": "none"})
    assert roles.debug(TASK, failed("took more than 60 s (fold 1)", kind="timeout")) is None
    assert "timeout: took more than 60 s (fold 1)" in chat.asked[0].prompt


def test_a_block_with_a_syntax_error_can_be_mended():
    broken = Solution.of({**BLOCKS, "model": "def make_model(**params:\n    pass"})
    roles, _ = agents({"block": "model", "source": TREE})
    assert (
        roles.debug(TASK, failed("a syntax error in line 1", solution=broken)).blocks["model"].endswith("**params)\n")
    )
