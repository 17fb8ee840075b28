"""The part of some modules that is reached by names: it runs, and what is not reached is not in it."""

import pytest

from mlestar_jupyter.core.excerpts import excerpt

pytestmark = pytest.mark.fast

FIRST = '''"""Shapes."""

import math
import sys
from collections import Counter, deque

SIDES = 4
"""Of a square."""
UNUSED = Counter(sys.path)


class Shape:
    """A shape.

    Parameters
    ----------
    size : float
    """

    sides: int = SIDES

    def __init__(self, size):
        self.size = size

    def area(self):
        """Its area.

        Returns
        -------
        float
        """
        return square(self.size)

    def read(self):
        return math.nan


def square(sides):
    # by itself
    return sides**2


def queue():
    return deque()
'''
SECOND = '''"""More."""

from mlestar_jupyter.shapes import Shape, queue


def _round(size): return math_of(size)


def math_of(size) -> "Shape":
    return Shape(size).area()


KINDS = {"plain": math_of, "round": _round,
         "empty": queue}  # fmt: skip
'''


def names_of(source):
    names = {}
    exec(source, names)
    return names


def test_what_is_reached_runs():
    names = names_of(excerpt([FIRST, SECOND], ["KINDS"], {"KINDS": ["plain"]}))
    assert names["KINDS"]["plain"](3) == 9
    assert set(names) - {"__builtins__"} == {"KINDS", "math_of", "Shape", "SIDES", "square"}
    assert not hasattr(names["Shape"], "read")


def test_methods_and_entries_are_kept_where_they_are_wanted():
    names = names_of(excerpt([FIRST, SECOND], ["Shape", ".read", "KINDS"], {"KINDS": ["plain", "empty"]}))
    assert names["Shape"](2).read() != names["Shape"](2).read()
    assert list(names["KINDS"]) == ["plain", "empty"]
    assert {"math", "deque"} <= set(names)


def test_a_method_that_is_not_wanted_is_left_out_though_its_name_is_used():
    more = "def ask(file):\n    return Shape(1), file.read()\n"
    assert "def read" in excerpt([FIRST, more], ["ask"], {})
    assert "def read" not in excerpt([FIRST, more], ["ask"], {}, unwanted=[".read"])


def test_what_explains_is_brief_but_of_what_is_wanted():
    assert '"""A shape."""' in excerpt([FIRST, SECOND], ["math_of"], {})
    assert '"""A shape.\n\n    Parameters' in (found := excerpt([FIRST, SECOND], ["Shape", ".area"], {}))
    assert '"""Its area."""\n        return square' in found
    assert "    # by itself\n" in found
