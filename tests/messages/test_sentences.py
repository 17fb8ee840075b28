"""The list of all sentences: it is the one in the docs, its words are plain, and each is asserted by some test."""

import ast
import re
import runpy
from functools import cache
from pathlib import Path

import pytest

TESTS = Path(__file__).parent.parent
LISTED = runpy.run_path(str(TESTS.parent / "docs" / "sentences.py"))
WORDS_OF_OUR_OWN = re.compile(
    r"\b(told|bears?|heed|apart|unfit|in its stead|speaks? for|leans? on|hang together|neutral form|dig at|in sequence"
    r"|gaps?|walls?|stood in for|gates hold|what is left|within the noise|1 candidates|instead instead|is no flag)\b",
    re.IGNORECASE,
)


@cache
def literals():
    """All texts in tests, without the strokes that regular expressions need."""
    found = set()
    for path in TESTS.rglob("*.py"):
        tree = ast.parse(path.read_text("utf-8"))
        constants = LISTED["_constants"](tree)
        inner = {value for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for value in node.values}
        for node in ast.walk(tree):
            if node not in inner and (text := LISTED["_text"](node, constants)) is not None and " " in text:
                found.add(re.sub(r"\\(.)", r"\1", text))
    return sorted(found)


def is_asserted(sentence):
    """Whether a text in some test has all that is fixed in a sentence, in its order."""
    pattern = re.compile(".*?".join(re.escape(part.strip()) for part in sentence.parts), re.DOTALL)
    return any(all(part.strip() in text for part in sentence.parts) and pattern.search(text) for text in literals())


@pytest.mark.fast
def test_the_list_in_the_docs_is_that_of_the_source():
    """When a sentence changes: python docs/sentences.py."""
    assert LISTED["PAGE"].read_text("utf-8") == LISTED["page"]()


@pytest.mark.fast
def test_sentences_have_no_words_of_our_own():
    assert [s for s in LISTED["sentences"]() if WORDS_OF_OUR_OWN.search(s.text)] == []


def test_every_sentence_is_asserted():
    assert [s for s in LISTED["sentences"]() if not is_asserted(s)] == []
