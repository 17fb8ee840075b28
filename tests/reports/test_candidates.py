import shutil

import pytest

from mlestar_jupyter import Workflow
from mlestar_jupyter.errors import SettingError
from tests.workers_for_tests import workers

SMALL = "PARAMS = {'C': 0.05}"
LINEAR = (
    "from sklearn.linear_model import LogisticRegression\n\n\n"
    "def make_model(**params):\n    return LogisticRegression(**params)"
)
BROKEN = "def make_model(**params):\n    raise ValueError('on purpose')"
AS_MATRIX = "from sklearn.impute import SimpleImputer\n\n\ndef make_preprocessor():\n    return SimpleImputer(strategy='median')"
NUMBERS = "def clean(X):\n    return X.select_dtypes('number')"


EDITS = (("cleaning", NUMBERS), ("preprocessing", AS_MATRIX), ("hyperparameters", "PARAMS = {}"), ("model", LINEAR))


def _edited(churn, folder):
    workflow = Workflow(churn, "Churn", name="churn", output=folder, executor=workers())
    workflow.foundation(candidates=2)
    for block, source in EDITS:
        workflow.adopt(block, source)
    return workflow


@pytest.fixture(scope="session")
def edited_folder(churn, finished_foundation, tmp_path_factory):
    """A run with the edits on record: tests copy it, so that they fit nothing again."""
    folder = tmp_path_factory.mktemp("edited") / "churn"
    shutil.copytree(finished_foundation, folder)
    _edited(churn, folder).close()
    return folder


@pytest.fixture
def edited(churn, edited_folder, tmp_path):
    """A workflow whose present solution has four edits by hand, each made from the one before."""
    workflow = _edited(churn, shutil.copytree(edited_folder, tmp_path / "edited"))
    yield workflow
    workflow.close()


def entries(workflow):
    """All entries of the tree by title, with the title of the entry above."""
    found = {}

    def walk(above, below):
        for entry in below:
            found[entry.title, above] = entry
            walk(entry.title, entry.children)

    walk("", workflow.tree().content.sections[0].entries)
    return found


def test_edit_by_hand_is_a_node_below_what_it_was_made_from(edited):
    entry = entries(edited)["model: yours", "hyperparameters: yours"]
    assert entry.mark == "→ now"
    assert "author human" in entry.facts
    assert entry.text == "model edited by hand"
    assert ("+", "    return LogisticRegression(**params)") in entry.diff.parts[0].lines


def test_node_shows_score_with_interval_author_and_cost_on_its_line(edited):
    entry = entries(edited)["model: yours", "hyperparameters: yours"]
    score, _, author, seconds = entry.facts
    assert score.startswith("roc_auc 0.")
    assert score.endswith("]")
    assert author == "author human"
    assert seconds.endswith(" s")
    assert entry.details[0].startswith("Cost: fit ")
    assert "MB" in entry.details[0]


def test_first_candidates_have_nothing_to_be_compared_with(workflow):
    assert all(entry.diff is None for (_, above), entry in entries(workflow).items() if not above)


def test_checkout_is_a_node_of_the_humans_and_edits_branch_from_there(edited):
    first = edited.candidates()[0].candidate
    edited.checkout(first.id)
    branch = entries(edited)["checkout", first.label]
    assert "author human" in branch.facts
    edited.adopt("cleaning", NUMBERS + "\n\n\nBRANCH = 1")
    assert ("cleaning: yours", first.label) in entries(edited)


def test_accepting_is_no_checkout(edited):
    edited.accept(edited.propose("hyperparameters").attempt.evaluation.candidate.id)
    assert edited.standing.checkouts == ()


def test_edit_that_brings_back_known_blocks_is_a_node_that_says_so(edited):
    edited.adopt("hyperparameters", SMALL)
    edited.adopt("hyperparameters", "PARAMS = {}")
    back = entries(edited)["hyperparameters: yours", "hyperparameters: yours"]
    assert back.mark == "○ as before"
    assert "author human" in back.facts
    assert back.details[0].startswith("The blocks are those of model: yours (")
    assert ("model: yours", "hyperparameters: yours") in entries(edited)


def test_failed_edit_has_its_reason_and_diff(edited):
    edited.adopt("model", BROKEN)
    entry = entries(edited)["model: yours", "model: yours"]
    assert entry.mark == "✗ failed"
    assert entry.details[0].startswith("Failed: ValueError: on purpose")
    assert ("+", "    raise ValueError('on purpose')") in entry.diff.parts[0].lines


def test_resumed_run_has_the_same_tree(edited, churn):
    edited.checkout(edited.candidates()[0].candidate.id)
    before = entries(edited)
    edited.close()
    again = type(edited).resume(edited.output, churn, executor=workers())
    assert list(entries(again)) == list(before)
    again.close()


def test_show_has_origin_diff_score_and_cost(edited):
    view = edited.show(edited.solution.id).content
    headings = [s.heading for s in view.sections]
    assert "author human, phase human, from " in view.summary
    score, changed = (view.sections[headings.index(h)] for h in ("Score", "What it changed"))
    assert "[" in score.text
    assert "MB" in score.text
    assert changed.diff.size in changed.text


def test_show_tells_where_a_candidate_came_from_not_where_it_was_used_last(edited):
    edited.ablation(repeats=1, blocks=["model"])
    assert "model edited by hand" in edited.show(edited.solution.id).content.summary


def test_show_of_an_unknown_candidate_names_the_nearest(workflow):
    with pytest.raises(SettingError, match="There is no candidate"):
        workflow.show("zzz")
