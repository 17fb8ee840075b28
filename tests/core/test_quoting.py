"""Text from a table in generated source and in plain text."""

import ast
import io
import math
import tokenize

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mlestar_jupyter.core.quoting import literal, markdown, remark, visible
from mlestar_jupyter.core.solution import Solution
from mlestar_jupyter.core.templates import text_templates

pytestmark = pytest.mark.fast

ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=40)
PLAIN = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | ANY_TEXT
VALUES = st.recursive(
    PLAIN, lambda inner: st.lists(inner) | st.lists(inner).map(tuple) | st.dictionaries(ANY_TEXT, inner), max_leaves=8
)


class Sly(str):
    """Text whose own representation is code."""

    def __repr__(self):
        return "exit()"


@given(VALUES)
@example("\ud800 \u2028 \x00 \x85 \x0c ''' \"\"\" \\")
@example({"a'b": ['"', "\\N{x}", ("{x}",)]})
def test_literal_reads_back_as_the_value_and_is_one_line(value):
    source = literal(value)
    assert ast.literal_eval(source) == value
    assert len(f"{source}x".splitlines()) == 1
    assert source.isascii() or source.isprintable()


@pytest.mark.parametrize("value", [math.inf, -math.inf, math.nan])
def test_literal_of_a_number_without_a_literal_is_a_call_that_makes_it(value):
    np.testing.assert_equal(eval(literal(value)), value)


@pytest.mark.parametrize(
    ("value", "source"),
    [
        (np.str_("a'b"), '"a\'b"'),
        (np.float64(0.1), "0.1"),
        (np.int64(3), "3"),
        (np.bool_(True), "True"),
        (Sly("name"), '"name"'),
        ([np.float32(0.5)], "[0.5]"),
    ],
)
def test_literal_of_a_subclass_is_that_of_the_plain_value(value, source):
    assert literal(value) == source


@pytest.mark.parametrize("value", [object(), {1, 2}, b"x", ["a", object()], np.array([1, 2])])
def test_value_whose_representation_may_be_any_code_is_refused(value):
    with pytest.raises((TypeError, ValueError)):
        literal(value)


@given(ANY_TEXT)
@example('"""\nexit()\n"""')
@example("\\")
@example("\\N{x} {y} %s\\")
def test_remark_stays_within_its_comment_and_its_docstring(text):
    commented = f"x = 1  # {remark(text)}\ny = 2\n"
    tokens = tokenize.generate_tokens(io.StringIO(commented).readline)
    assert [t.string for t in tokens if t.type == tokenize.NAME] == ["x", "y"]
    (documented,) = ast.parse(f'"""About {remark(text)}."""').body
    assert documented.value.value == f"About {remark(text)}."


@given(ANY_TEXT)
def test_visible_text_steers_no_terminal_and_stays_one_line(text):
    shown = visible(text)
    assert len(f"{shown}x".splitlines()) == 1
    assert not any(c < " " or "\x7f" <= c <= "\x9f" or c in "\u202e\u2066" for c in shown)
    shown.encode()


@pytest.mark.parametrize("text", ["Größe (m²)", "نمی\u200cخواهم", "👩\u200d🔬", "a\u00a0b", "日本語 $x$ {y}"])
def test_words_of_every_language_are_visible_as_they_are(text):
    assert visible(text) == text


def test_line_breaks_of_a_text_of_several_lines_are_kept_where_asked():
    assert visible("a\n\x1b[1mb", keep="\n") == "a\n\\x1b[1mb"


def test_markdown_shows_markup_html_and_formulas_as_they_are():
    assert markdown("<img src=x> *a* $b$ [c](d)\n# e") == r"&lt;img src=x&gt; \*a\* \$b\$ \[c\](d)\\n\# e"


def test_templates_of_source_have_the_quoting_and_demand_every_value(tmp_path):
    (tmp_path / "cell.py.j2").write_text(
        'NAME = {{ name | literal }}  # {{ name | remark }}\n"""{{ name | remark }}"""\n'
    )
    template = text_templates(tmp_path).get_template("cell.py.j2")
    space = {}
    exec(template.render(name='"""\nraise OSError\n"""'), space)
    assert space["NAME"] == '"""\nraise OSError\n"""'
    with pytest.raises(Exception, match="'name' is undefined"):
        template.render()


def test_names_of_members_change_in_the_right_place_behind_a_rare_line_separator():
    block = "def clean(X):\n    return X\n"
    first = Solution.of(
        {
            "cleaning": block,
            "features": 'SEP = "\u2028"\n\n\ndef make_features():\n    return SEP\n',
            "preprocessing": "def make_preprocessor():\n    return None\n",
            "hyperparameters": "PARAMS = {}\n",
            "model": "def make_model(**params):\n    return None\n",
        }
    )
    second = first.with_block("features", 'SEP = "b\x0c"\n\n\ndef make_features():\n    return SEP\n')
    both = Solution.of(
        {**first.blocks, "ensemble": "def make_ensemble(members):\n    return members\n"}, (first, second)
    )
    source = both.module_source()
    assert "def make_features_1" in source
    assert "def make_features_2" in source
    ast.parse(source)


def test_literal_of_anything_else_is_refused():
    with pytest.raises(TypeError, match=r"^object is no value that generated source can hold$"):
        literal(object())
