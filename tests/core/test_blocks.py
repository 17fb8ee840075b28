import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlestar_jupyter.core.blocks import (
    BLOCKS,
    block_hash,
    check_block,
    read_marker,
    source_hash,
    split_blocks,
    with_marker,
)
from mlestar_jupyter.errors import BlockError, SettingError

pytestmark = pytest.mark.fast

LINES = st.lists(st.sampled_from(["x = 1", "", "    y = 2", "# a comment", "# mlestar: model"]), max_size=12)


@pytest.mark.parametrize(
    ("text", "value"),
    [("", "811c9dc5"), ("a", "e40c292c"), ("b", "e70c2de5"), ("foobar", "bf9cf968")],
)
def test_source_hash_is_fnv_1a(text, value):
    """Published vectors: http://www.isthe.com/chongo/src/fnv/test_fnv.c."""
    assert source_hash(text) == value


@pytest.mark.parametrize(("text", "value"), [("x = 1", "41f65c6b"), ('Größe = "π"', "103d3c12")])
def test_source_hash_agrees_with_the_extension(text, value):
    """The same vectors stand in labextension/test/cells.test.mjs."""
    assert source_hash(text) == value


def test_merged_cells_are_parted_at_their_markers():
    source = "\n# mlestar: cleaning\na = 1\n\n# mlestar: features (mine)\nb = 2\n"
    assert split_blocks(source) == ["# mlestar: cleaning\na = 1\n", "# mlestar: features (mine)\nb = 2"]


def test_indented_marker_parts_nothing():
    source = "# mlestar: cleaning\ndef clean(X):\n    # mlestar: features\n    return X"
    assert split_blocks(source) == [source]


@given(LINES)
def test_parts_put_together_are_the_cell(lines):
    source = "\n".join(["# mlestar: model", *lines])
    assert "\n".join(split_blocks(source)) == source.strip("\n")


@pytest.mark.parametrize("source", ["x = 1", "", "## mlestar: model", "x = 1\n# mlestar: model", "# mlestar"])
def test_ordinary_cell_has_no_marker(source):
    assert read_marker(source) is None


@pytest.mark.parametrize("source", ["# mlestar: model", "\n\n#mlestar:model", "# mlestar: Model, with trees\nx = 1"])
def test_marker_is_read_from_the_first_line(source):
    assert read_marker(source) == "model"


def test_marker_of_no_block_names_the_nearest():
    with pytest.raises(SettingError, match="There is no block 'modle'. Did you mean 'model'?"):
        read_marker("# mlestar: modle")


@given(st.sampled_from(sorted(BLOCKS)), LINES)
def test_marker_is_put_once(name, lines):
    once = with_marker(name, "\n".join(["a = 1", *lines]))
    assert with_marker(name, once) == once
    assert read_marker(once) == name


def test_hash_of_a_block_does_not_count_blank_ends():
    assert block_hash("\n\na = 1  \nb = 2\n\n") == block_hash("a = 1\nb = 2")
    assert block_hash("a = 1\nb = 2") != block_hash("a = 1\n\nb = 2")


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (
            "def make_model(:",
            r"The block 'model' has a syntax error in line 1: invalid syntax\. Correct the cell and run it again; "
            "the block before the edit stays in use until then\\.",
        ),
        (
            "def make_modle(**params): ...",
            r"The block 'model' does not define 'make_model'\. Write `def make_model\(\*\*params\)` at the top level of "
            "the cell: the estimator\\.",
        ),
        ("from x import make_model", r"does not define 'make_model'"),
        ("if True:\n    def make_model(**params): ...", r"does not define 'make_model'"),
    ],
)
def test_broken_block_says_how_to_mend_it(source, message):
    with pytest.raises(BlockError, match=message):
        check_block("model", source)


@pytest.mark.parametrize("source", ["PARAMS = {}", "PARAMS: dict = {}", "A, PARAMS = 1, {}"])
def test_name_may_be_assigned_in_any_way(source):
    check_block("hyperparameters", source)
    with pytest.raises(BlockError, match="PARAMS"):
        check_block("hyperparameters", source.replace("PARAMS", "OTHER"))
