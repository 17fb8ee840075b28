"""List the sentences of errors and notices in sentences.md: python docs/sentences.py.

The list is read from the source, so that a sentence that changes shows in a diff. What views and reports say beside
their figures, and what is asked of a chat model, is not in it.
"""

import ast
import re
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import groupby
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

PAGE = Path(__file__).parent / "sentences.md"
PACKAGE = Path(__file__).parent.parent / "mlestar_jupyter"
BLANK = "…"
"""Stands for what is filled in."""
_LEFT_OUT = ("*/view.py", "planners/llm/roles/*", "display/*", "reports/*", "*/templates/*")
_FEWEST_WORDS = 3
_BEGINNING = re.compile(r"(?:[A-Z]\w*|…) \w+[ ,:]")
_QUERY = re.compile(r"SELECT |INSERT |UPDATE |DELETE |.*\(\?", re.DOTALL)
"""SQL and regular expressions."""
_HEAD = """# Sentences

What errors and notices say, by module; … stands for what is filled in. Written by `python docs/sentences.py`; each is
asserted as a whole by a test.
"""


class Sentence(NamedTuple):
    """A sentence, and the module that says it."""

    module: str
    text: str

    @property
    def parts(self) -> list[str]:
        """What is fixed in it, in order."""
        return [part for part in self.text.split(BLANK) if part.strip()]


@cache
def sentences() -> tuple[Sentence, ...]:
    """Read all sentences from the package, in the order of the source."""
    paths = [path.relative_to(PACKAGE) for path in sorted(PACKAGE.rglob("*.py"))]
    kept = [path for path in paths if not any(path.match(pattern) for pattern in _LEFT_OUT)]
    return tuple(
        Sentence(path.as_posix(), text)
        for path in kept
        for text in dict.fromkeys(_said(ast.parse((PACKAGE / path).read_text("utf-8"))))
    )


def page() -> str:
    """Write the list."""
    parts = [_HEAD]
    for module, found in groupby(sentences(), lambda sentence: sentence.module):
        parts.append(f"\n## {module}\n\n" + "".join(f"- {_escaped(sentence.text)}\n" for sentence in found))
    return "".join(parts)


def _said(tree: ast.Module) -> Iterator[str]:
    """Go through the sentences of a module: what errors are given, then other texts that end as sentences do."""
    passed_over, constants = set(_documentation(tree)), _constants(tree)
    for node in _in_order(tree):
        if isinstance(node, ast.Call) and _raises(node):
            texts = [*node.args, *(keyword.value for keyword in node.keywords)]
            said = [found for text in texts if (found := _text(text, constants)) is not None]
            passed_over.update(n for text in texts for n in ast.walk(text) if _text(text) is not None)
            said = [text for text in said if BLANK in text or _words(text) > 1]  # the word for a kind is not said
            if said and (text := " ".join(said)).strip(BLANK + " ") and _words(text) >= _FEWEST_WORDS:
                yield text
        elif isinstance(node, ast.Constant | ast.JoinedStr) and node not in passed_over:
            passed_over.update(ast.walk(node))
            if (found := _text(node, constants)) is not None and _is_sentence(found):
                yield found.strip()


def _is_sentence(text: str) -> bool:
    """Whether a text ends as sentences do, or begins as they do and ends with what is filled in."""
    text = text.strip()
    is_open = text.rstrip(BLANK + " ")[-1:] not in (".", "?")
    if is_open and not (text.endswith(BLANK) and _BEGINNING.match(text)):
        return False
    fewest = _FEWEST_WORDS + (is_open and not text.startswith(BLANK))
    return _words(text) >= fewest and not _QUERY.match(text)


def _constants(tree: ast.Module) -> dict[str, str]:
    """Texts that a module names."""
    named = {}
    for node in tree.body:
        if not isinstance(node, ast.Assign) or not isinstance(node.targets[0], ast.Name):
            continue
        if (text := _text(node.value, named)) is not None:
            named[node.targets[0].id] = text
    return named


def _in_order(node: ast.AST) -> Iterator[ast.AST]:
    """Go through a tree as it is written, what is outside first."""
    waiting = [node]
    while waiting:
        node = waiting.pop()
        yield node
        waiting += reversed(list(ast.iter_child_nodes(node)))


def _documentation(tree: ast.Module) -> Iterator[ast.AST]:
    """Texts that stand alone: they document what is above or below them."""
    alone = (node.value for node in ast.walk(tree) if isinstance(node, ast.Expr))
    return (value for value in alone if isinstance(value, ast.Constant))


def _raises(call: ast.Call) -> bool:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    return name.endswith("Error")


def _text(node: ast.AST, constants: Mapping[str, str] = MappingProxyType({})) -> str | None:
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.Name(id=name) | ast.FormattedValue(value=ast.Name(id=name)):
            return constants.get(name)
        case ast.JoinedStr(values=values):
            return "".join(part if (part := _text(value, constants)) is not None else BLANK for value in values)
    return None


def _words(text: str) -> int:
    return len(re.findall(r"[^\W\d_]{2,}", text.replace(BLANK, "")))


def _escaped(text: str) -> str:
    return re.sub(r"([*_<>|`\\])", r"\\\1", " ".join(text.split()))


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
