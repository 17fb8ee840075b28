"""Text from a table in generated source: the only place that quotes it, for code and for what a reader sees in code."""

from __future__ import annotations

import unicodedata


def literal(value: object) -> str:
    r"""Write a value as a Python expression on one line; text in double quotes where that needs no escape.

    Parameters
    ----------
    value : str, int, float, bool, None, or a list, tuple or dict of these

    >>> literal("churn.csv"), literal('a"b'), literal("a\nb")
    ('"churn.csv"', '\'a"b\'', '"a\\nb"')
    >>> literal(["a", 1, None])
    '["a", 1, None]'
    """
    match value:
        case str():
            return _text(value)
        case list():
            return f"[{', '.join(map(literal, value))}]"
        case tuple():
            return f"({', '.join(map(literal, value))}{',' if len(value) == 1 else ''})"
        case dict():
            return "{" + ", ".join(f"{literal(k)}: {literal(v)}" for k, v in value.items()) + "}"
        case float() if value != value or value in (float("inf"), float("-inf")):
            return f'float("{value}")'
        case _:
            return repr(value)


def remark(text: object) -> str:
    r"""Text for a comment or a docstring: one line that can neither end it nor escape from it.

    >>> remark('Price\n(USD) "+ C:\\users')
    "Price (USD) '+ C:/users"
    """
    shown = "".join(c if c.isprintable() else " " for c in str(text))
    return " ".join(shown.replace("\\", "/").replace('"', "'").split())


def identifier(name: str) -> str:
    """The name as Python compares identifiers: two columns whose names are one to Python are one here, too."""
    return unicodedata.normalize("NFKC", name)


def _text(text: str) -> str:
    source = repr(text)
    if source.startswith("'") and '"' not in source:
        return f'"{source[1:-1]}"'.replace("\\'", "'")
    return source
