import difflib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlestar_jupyter.display.view import Action, Diff, Entry, Link

pytestmark = pytest.mark.fast

TEXTS = st.lists(st.sampled_from(["a = 1", "b = 2", "", "    c()"]), max_size=40).map("\n".join)


def sides(diff):
    """The two texts that a diff was made of."""
    lines = [line for part in diff.parts for line in part.lines]
    return [[text for sign, text in lines if sign in (" ", own)] for own in "−+"]


def test_action_reads_as_what_to_type():
    assert Action("Accept", "accept 3fa2c1", "a").text() == "Accept: %mlestar accept 3fa2c1"


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "file:///etc/passwd", "data:text/html,x", "own measurement"]
)
def test_what_is_no_web_address_leads_nowhere(address):
    assert Link("source", address).href == ""


@pytest.mark.parametrize("address", ["http://example.org", "https://arxiv.org/abs/1603.02754"])
def test_web_address_leads_there(address):
    assert Link("source", address).href == address


@given(TEXTS, TEXTS)
def test_diff_holds_both_texts_whole(before, after):
    assert sides(Diff.between(before, after)) == [before.rstrip().splitlines(), after.rstrip().splitlines()]


@given(TEXTS, TEXTS)
def test_diff_folds_only_what_is_the_same(before, after):
    folded = [part for part in Diff.between(before, after).parts if part.folded]
    assert all(sign == " " for part in folded for sign, _ in part.lines)


def test_diff_shows_three_lines_around_a_change_and_folds_the_rest():
    before = [f"line {i}" for i in range(30)]
    after = [*before[:15], "new", *before[16:]]
    diff = Diff.between("\n".join(before), "\n".join(after))
    assert [(part.folded, len(part.lines)) for part in diff.parts] == [(True, 12), (False, 8), (True, 11)]
    assert diff.size == "+1 −1"


def test_texts_without_a_difference_have_no_signs():
    assert Diff.between("a\nb", "a\nb").size == "+0 −0"


def test_unified_diff_of_two_blocks_is_read_with_their_names():
    unified = [
        *difflib.unified_diff(["a"], ["b"], "model 1", "model 2", lineterm=""),
        "--- features 1",
        "+++ features 2",
        "+-c",
    ]
    (part,) = Diff.read("\n".join(unified)).parts
    assert part.lines == (("@", "model 1"), ("−", "a"), ("+", "b"), ("@", "features 1"), ("+", "-c"))


def test_text_of_an_entry_has_its_diff_only_when_it_starts_open():
    diff = Diff.between("a", "b")
    folded, unfolded = (Entry("model", diff=diff, unfolded=is_open).text_lines() for is_open in (False, True))
    assert "  + b" in unfolded
    assert "  + b" not in folded


def test_text_of_a_tree_is_indented():
    tree = Entry("parent", children=(Entry("child", "✓ kept", "3fa2c1", ("p = 0.01",)),))
    assert tree.text_lines() == ["- parent", "  - ✓ kept · child · 3fa2c1 · p = 0.01"]
