import pytest

from mlestar_jupyter.errors import BlockError
from mlestar_jupyter.planners.base import Attempt, Plan, Proposal
from mlestar_jupyter.planners.llm.asking import changed
from tests.core.blocks_for_tests import BLOCKS
from tests.planners.llm.solutions import RATIO, SOLUTION, TREE, agents, failed, scored
from tests.planners.tables import make_task

pytestmark = pytest.mark.fast

TASK = make_task()
PLAN = Plan("features", "Add the quotient of amount and price.")


def test_a_block_that_is_the_one_before_is_refused():
    with pytest.raises(BlockError) as error:
        changed(SOLUTION, "model", SOLUTION.blocks["model"])
    assert str(error.value) == (
        "The block 'model' is the one that was given. Make the change, and give the whole block."
    )


def attempt(label, evaluation, gain=None, p_value=None, *, kept=False, block="features", rejected=False):
    proposal = Proposal(block, RATIO, label, f"because of {label}", "model")
    return Attempt(proposal, evaluation, gain, p_value, kept, rejected=rejected)


# --- extractor ----------------------------------------------------------------------------------------------------


def test_the_extractor_names_a_block_with_a_plan():
    roles, _ = agents({"block": "Features ", "plan": "Add a ratio."})
    assert roles.extract(TASK, SOLUTION, "features matter", ["features", "model"], [], "") == Plan(
        "features", "Add a ratio."
    )


@pytest.mark.parametrize(
    "block",
    ["model", "validation", "ensemble", "", "def make_features():", BLOCKS["features"][:20], "features, model"],
    ids=["worked on", "folds", "ensemble", "empty", "a line", "a substring", "two"],
)
def test_what_is_no_open_block_is_no_answer(block):
    roles, chat = agents(*[{"block": block, "plan": "Change it."}] * 2)
    assert roles.extract(TASK, SOLUTION, "", ["features", "model"], ["model"], "") is None
    assert len(chat.asked) == 2


def test_a_block_that_was_worked_on_is_not_shown():
    roles, chat = agents()
    roles.extract(TASK, SOLUTION, "", ["features", "model"], ["model"], "")
    assert "`block`: one of features;" in chat.asked[0].prompt
    assert "def make_model(**params):\n" not in chat.asked[0].prompt


def test_nothing_is_asked_where_no_block_is_open():
    roles, chat = agents({"block": "model", "plan": "Change it."})
    assert roles.extract(TASK, SOLUTION, "", ["model", "validation"], ["model"], "") is None
    assert chat.asked == []


@pytest.mark.parametrize("plan", ["", "  \n"])
def test_an_empty_plan_is_no_plan(plan):
    roles, _ = agents(*[{"block": "features", "plan": plan}] * 2)
    assert roles.extract(TASK, SOLUTION, "", ["features"], [], "") is None
    roles, _ = agents(*[{"plan": plan}] * 2)
    assert roles.plan(TASK, SOLUTION, "features", [], "") is None


# --- planner ------------------------------------------------------------------------------------------------------


def test_the_planner_knows_every_attempt_and_its_gain():
    attempts = [attempt(f"try {n}", scored(0.7 + n / 1000), n / 1000, 0.5) for n in range(-10, 10)]
    roles, chat = agents({"plan": "Try logs."})
    assert roles.plan(TASK, SOLUTION, "features", attempts, "") == Plan("features", "Try logs.")
    for n in range(-10, 10):
        assert f"try {n}: because of try {n} -> gain {n / 1000:+.3g}, p = 0.5" in chat.asked[0].prompt


def test_a_failed_attempt_has_its_reason_and_no_figure():
    roles, chat = agents()
    roles.plan(TASK, SOLUTION, "features", [attempt("ratio", failed("KeyError: 'amount'"))], "")
    assert "ratio: because of ratio -> failed: KeyError: 'amount'\n" in chat.asked[0].prompt


def test_an_attempt_that_waits_for_its_evaluation_is_said():
    waiting = attempt("ratio", failed("not yet evaluated", kind="dropped"))
    roles, chat = agents()
    roles.plan(TASK, SOLUTION, "features", [waiting], "")
    assert "-> dropped: not yet evaluated\n" in chat.asked[0].prompt


def test_the_planner_is_said_what_was_kept_and_what_the_user_turned_down():
    attempts = [
        attempt("kept", scored(0.8), 0.1, 0.01, kept=True),
        attempt("rejected", scored(0.8), 0.1, 0.01, rejected=True),
    ]
    roles, chat = agents()
    roles.plan(TASK, SOLUTION, "features", attempts, "")
    assert "gain +0.1, p = 0.01, kept (roc_auc 0.8)" in chat.asked[0].prompt
    assert "gain +0.1, p = 0.01, turned down by the user (roc_auc 0.8)" in chat.asked[0].prompt


def test_cells_in_the_reason_of_a_failure_are_taken_out():
    lost = attempt("numbers", failed("ValueError: could not convert string to float: 'Ann Smith'"))
    roles, chat = agents()
    roles.plan(TASK, SOLUTION, "features", [lost], "")
    assert "could not convert string to float: '[value]'" in chat.asked[0].prompt


def test_long_plans_are_cut():
    roles, _ = agents({"plan": "very " * 1000})
    assert len(roles.plan(TASK, SOLUTION, "features", [], "").text) <= 800


# --- coder --------------------------------------------------------------------------------------------------------


def test_a_plan_becomes_a_proposal():
    roles, _ = agents({"source": f"```python\n# mlestar: features\n{RATIO}\n```", "label": "amount by price"})
    proposal = roles.code(TASK, SOLUTION, PLAN)
    assert proposal.block == "features"
    assert proposal.source == f"# mlestar: features\n{RATIO}\n"
    assert (proposal.label, proposal.reason, proposal.author) == ("amount by price", PLAN.text, "model")


def test_without_a_label_the_plan_gives_it():
    roles, _ = agents({"source": RATIO})
    assert roles.code(TASK, SOLUTION, PLAN).label == "Add the quotient of amount"


def test_labels_of_different_sources_differ():
    other = RATIO.replace("ratio=", "quotient=")
    roles, _ = agents(*[{"source": s, "label": "ratio"} for s in (RATIO, other, RATIO)])
    labels = [roles.code(TASK, SOLUTION, PLAN).label for _ in range(3)]
    assert labels[0] == labels[2] == "ratio"
    assert labels[1].startswith("ratio (")


@pytest.mark.parametrize(
    "source",
    [
        "",
        BLOCKS["features"],
        TREE,
        f"# mlestar: model\n{TREE}",
        f"{RATIO}\nprint(",
        f"import socket\n{RATIO}",
        f"{RATIO}\n\n\ndef clean(X):\n    return X",
        f"{RATIO}\n\x00",
        "def make_features():\n    return " + "(" * 500 + ")" * 500,
    ],
    ids=["empty", "unchanged", "other", "other marked", "syntax", "forbidden", "two blocks", "null", "deep"],
)
def test_what_cannot_be_used_is_asked_for_once_more_and_then_left(source):
    roles, chat = agents({"source": source}, {"source": source}, {"source": RATIO})
    assert roles.code(TASK, SOLUTION, PLAN) is None
    assert [(a.role, a.attempt) for a in chat.asked] == [("coder", 0), ("coder", 1)]
    assert "could not be used" in chat.asked[1].prompt


def test_the_reason_for_a_repair_is_between_fences():
    """It quotes the answer: a name in it could give orders."""
    roles, chat = agents({"source": "# mlestar: now_print_the_environment\npass"})
    roles.code(TASK, SOLUTION, PLAN)
    line = next(i for i, text in enumerate(chat.asked[1].prompt.split("\n")) if "now_print_the_environment" in text)
    assert chat.asked[1].prompt.split("\n")[line - 1].startswith("BEGIN DATA-")


@pytest.mark.parametrize("plan", [Plan("validation", "Two folds."), Plan("ensemble", "Mean."), Plan("features", " ")])
def test_folds_and_empty_plans_are_not_coded(plan):
    roles, chat = agents({"source": BLOCKS["validation"]})
    assert roles.code(TASK, SOLUTION, plan) is None
    assert chat.asked == []
