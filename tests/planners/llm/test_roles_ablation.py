import pytest

from tests.core.blocks_for_tests import BLOCKS
from tests.planners.llm.solutions import RATIO, SOLUTION, agents
from tests.planners.tables import make_task

pytestmark = pytest.mark.fast

TASK = make_task()
RICH = SOLUTION.with_block("features", RATIO)
WITHOUT = {"block": "features", "source": BLOCKS["features"], "label": "the ratio", "reason": "is it worth a column?"}


def test_changes_of_single_blocks_are_proposed():
    roles, _ = agents({"changes": [WITHOUT]})
    (proposal,) = roles.ablate(TASK, RICH, [])
    assert (proposal.block, proposal.label, proposal.author) == ("features", "the ratio", "model")
    assert proposal.source == SOLUTION.blocks["features"]


def test_the_writer_knows_what_earlier_studies_found():
    roles, chat = agents()
    roles.ablate(TASK, RICH, ["the ratio matters", "the imputer does not"])
    assert "the ratio matters" in chat.asked[0].prompt
    assert "the imputer does not" in chat.asked[0].prompt


def test_of_several_changes_the_usable_ones_are_kept():
    folds = {"block": "validation", "source": BLOCKS["validation"].replace("4", "2"), "label": "two folds"}
    same = {"block": "model", "source": BLOCKS["model"], "label": "nothing"}
    roles, chat = agents({"changes": [folds, WITHOUT, same]})
    assert [p.block for p in roles.ablate(TASK, RICH, [])] == ["features"]
    assert len(chat.asked) == 1


def test_the_same_change_is_made_once():
    roles, _ = agents({"changes": [WITHOUT, WITHOUT | {"label": "again"}]})
    assert len(roles.ablate(TASK, RICH, [])) == 1


def test_where_no_change_is_usable_it_is_asked_for_once_more():
    roles, chat = agents({"changes": [WITHOUT | {"block": "make_features"}]}, {"changes": [WITHOUT]})
    assert len(roles.ablate(TASK, RICH, [])) == 1
    assert "no block to change 'make_features'" in " ".join(chat.asked[1].prompt.split())


def test_no_changes_are_no_proposals():
    roles, chat = agents({"changes": []})
    assert roles.ablate(TASK, RICH, []) == []
    assert len(chat.asked) == 1


def test_the_summary_is_made_from_what_was_measured():
    roles, chat = agents({"summary": "The ratio matters; the rest cannot be distinguished from noise."})
    findings = "features (replaced by its neutral form): loss +0.012 [0.004, 0.020], p = 0.003."
    assert roles.summarize(TASK, RICH, findings) == "The ratio matters; the rest cannot be distinguished from noise."
    assert findings in chat.asked[0].prompt
    assert "add_ratio gives X.assign(ratio=X['amount'] / X['price'])" in chat.asked[0].prompt


def test_cells_in_a_finding_are_taken_out():
    roles, chat = agents()
    roles.summarize(TASK, RICH, "cleaning: fails without, could not convert string to float: 'Ann Smith'.")
    assert "Ann Smith" not in chat.asked[0].prompt


def test_no_summary_is_empty():
    roles, _ = agents({"summary": " "}, {"summary": ""})
    assert roles.summarize(TASK, RICH, "features: loss 0.1") == ""
