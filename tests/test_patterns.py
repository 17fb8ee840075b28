"""No regular expression of the package is slow: hostile texts are made from each, and matched as the package does.

A text is hostile where a long run that one part of a pattern takes stands before something that nothing takes: parts
that adjoin and can share the run then try each way to share it, which takes the cube of the length, or more.
"""

import ast
import importlib
import pkgutil
import re
import signal
import time
from pathlib import Path
from re import _constants as code
from re import _parser as parser

import pytest

import mlestar_jupyter

LENGTH, SLOW = 600, 0.1
"""Characters, and seconds: the square takes a few milliseconds, the cube half a second."""
IN_CATEGORIES = {code.CATEGORY_DIGIT: "1", code.CATEGORY_SPACE: " ", code.CATEGORY_WORD: "a"}
REPEATS = (code.MAX_REPEAT, code.MIN_REPEAT, code.POSSESSIVE_REPEAT)
METHODS = ("fullmatch", "match", "search", "sub", "split", "findall", "finditer")


def taken(inner, *, optional):
    """Texts that a part takes: of a set of characters, one for each of its items."""
    kind, value = inner[0]
    if len(inner) > 1 or kind is not code.IN or value[0][0] is code.NEGATE:
        return [plain(inner, optional=optional)]
    firsts = {code.LITERAL: chr, code.RANGE: lambda v: chr(v[0])}
    return [firsts.get(k, lambda v: IN_CATEGORIES.get(v, "-"))(v) for k, v in value]


def plain(items, *, optional):
    """A short text that a pattern takes, with its optional parts or without."""
    found = ""
    for kind, value in items:
        if kind is code.LITERAL:
            found += chr(value)
        elif kind is code.IN:
            found += "(" if value[0][0] is code.NEGATE else taken([(kind, value)], optional=optional)[0]
        elif kind in (code.ANY, code.NOT_LITERAL):
            found += "("
        elif kind in REPEATS:
            found += plain(value[2], optional=optional) * max(value[0], int(optional))
        elif kind is code.BRANCH:
            found += plain(value[1][0], optional=optional)
        elif kind in (code.SUBPATTERN, code.ATOMIC_GROUP):
            found += plain(value[-1] if kind is code.SUBPATTERN else value, optional=optional)
    return found


def hostile(items, *, optional, before=""):
    """Texts with a long run in the place of each part that takes any number of characters."""
    items = list(items)
    for k, (kind, value) in enumerate(items):
        here = before + plain(items[:k], optional=optional)
        if kind in REPEATS:
            if value[1] is code.MAXREPEAT:
                for text in filter(None, taken(value[2], optional=optional)):
                    yield here + text * (LENGTH // len(text)) + "\0"
            inner = [value[2]]
        else:
            inner = value[1] if kind is code.BRANCH else [value[-1]] if kind is code.SUBPATTERN else []
        for part in inner:
            yield from hostile(part, optional=optional, before=here)


def patterns_in(value):
    """Regular expressions in a value, by themselves or in a mapping or sequence."""
    if isinstance(value, re.Pattern):
        return [value]
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else ()
    return [found for each in inner for found in patterns_in(each)]


def patterns():
    """All patterns of the package: where each stands, and how it is used."""
    found = {}
    for module in pkgutil.walk_packages(mlestar_jupyter.__path__, "mlestar_jupyter."):
        source = Path(module.module_finder.path, f"{module.name.rpartition('.')[2]}.py")
        if module.ispkg:
            continue
        text = source.read_text("utf-8")
        if not re.search(r"\bre\.", text):
            continue
        loaded = importlib.import_module(module.name)
        for name, value in vars(loaded).items():
            if name.startswith("__"):
                continue  # what Python itself has put there
            used = [m for m in METHODS if re.search(rf"\b{name}\.{m}\b", text)]
            for pattern in patterns_in(value):
                found.setdefault(pattern, (f"{module.name}.{name}", used or ["search"]))
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("re.") and node.args:
                given, method = node.args[0], ast.unparse(node.func).removeprefix("re.")
                if isinstance(given, ast.Constant) and method in METHODS:
                    found.setdefault(re.compile(given.value), (f"{module.name}:{node.lineno}", [method]))
    return found


def seconds(pattern, method, text):
    """Match a text, or give up."""
    given = text.encode() if isinstance(pattern.pattern, bytes) else text
    started = time.perf_counter()
    signal.setitimer(signal.ITIMER_REAL, 2 * SLOW)
    try:
        getattr(pattern, method if method in ("fullmatch", "match") else "search")(given)
    except TimeoutError:
        pass
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    return time.perf_counter() - started


@pytest.fixture
def alarm():
    def give_up(*_):
        raise TimeoutError

    earlier = signal.signal(signal.SIGALRM, give_up)
    yield
    signal.signal(signal.SIGALRM, earlier)


def slow_ones(found):
    slow = {}
    for pattern, (where, methods) in found.items():
        tree = parser.parse(pattern.pattern, pattern.flags & ~re.DEBUG)
        texts = {t for optional in (False, True) for t in hostile(tree, optional=optional)}
        for text in sorted(texts):
            for method in methods:
                if min(seconds(pattern, method, text) for _ in range(1)) > SLOW:
                    slow[where] = (method, text[:12])
    return slow


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="needs an alarm")
def test_no_pattern_is_slow(alarm):
    assert slow_ones(patterns()) == {}


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="needs an alarm")
def test_a_slow_pattern_is_found(alarm):
    was = re.compile(r"(?:(\d+)h)?\s*(?:(\d+)m)?\s*(?:(\d+)s)?\s*$")
    assert list(slow_ones({was: ("duration", ["match"])})) == ["duration"]
