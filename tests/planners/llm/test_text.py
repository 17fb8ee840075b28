import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlestar_jupyter.planners.llm.text import cleaned, fenced, one_line

pytestmark = pytest.mark.fast

MARK = re.compile(r"DATA-[0-9a-f]{16}")


@pytest.mark.parametrize(
    "token",
    [
        "<|im_start|>", "<|eot_id|>", "[INST]", "[/INST]", "<<SYS>>", "</s>", "<start_of_turn>", "<eos>", "</system>",
        '<tool name="x">', "<｜Assistant｜>", "<|im_<|x|>start|>", "<|im_\u200bstart|>",
    ],
)  # fmt: skip
def test_tokens_of_chat_templates_are_taken_out(token):
    assert cleaned(f"before {token} after", 100) == re.sub(r"\s+", " ", cleaned(f"before {token} after", 100))
    assert not re.search(
        r"<\||\|>|INST\]|SYS|</s>|_of_turn|<eos>|system>|<tool|｜", cleaned(f"before {token} after", 100)
    )


def test_hidden_characters_are_taken_out():
    hidden = "\x00\x1b\u200b\u202e\u2066\ufeff\U000e0041\ud800\u2028"
    assert cleaned(f"a{hidden}b\tc\r\nd", 100) == "ab\tc\nd"


def test_code_and_comparisons_stay_as_they_are():
    code = "def f(X):\n    return X[(X['a'] < 3) | (X['b'] > 2)]  # Straße, 価格, 5 €\n\n\nclass A:\n    pass"
    assert cleaned(code, 1000) == code


def test_long_texts_are_cut():
    assert cleaned("x" * 100, 20) == "x" * 18 + " …"
    assert one_line("a longer\nline of words", 12) == "a longer …"
    assert one_line("indivisible" * 3, 12) == "indivisible…"
    assert len(one_line("two words " * 30, 40)) <= 40


def test_a_fence_says_what_it_holds_and_marks_both_ends():
    first, body, last = fenced("a < b", "an example", 100).split("\n")
    mark = MARK.search(first)[0]
    assert (first, body, last) == (f"BEGIN {mark} an example", "a < b", f"END {mark}")


def test_the_mark_follows_from_the_content():
    assert fenced("a", "note", 100) == fenced("a", "note", 100)
    assert MARK.search(fenced("a", "note", 100))[0] != MARK.search(fenced("b", "note", 100))[0]
    assert MARK.search(fenced("a", "note", 100))[0] != MARK.search(fenced("a", "code", 100))[0]


def test_nothing_is_said_to_be_nothing():
    assert "\n(nothing)\n" in fenced(" \n", "note", 100)


@given(st.text(max_size=300), st.text(alphabet="BEGINDATA-0123456789abcdef \n", max_size=200))
def test_no_content_holds_a_mark(text, like_a_mark):
    """Also where taking one out would leave another."""
    inner = "DATA-DATA-0123456789abcdef0123456789abcdef"
    prompt = fenced(text + like_a_mark + inner + like_a_mark, "note", 10_000)
    assert len(MARK.findall(prompt)) == 2
    assert prompt.startswith("BEGIN DATA-")
    assert prompt.split("\n")[-1].startswith("END DATA-")


@given(st.text(max_size=400), st.integers(5, 60))
def test_one_line_is_one_short_line(text, limit):
    line = one_line(text, limit)
    assert "\n" not in line
    assert len(line) <= limit
