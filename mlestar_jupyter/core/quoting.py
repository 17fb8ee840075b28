"""Text from a table in generated source and in plain text: the only place that quotes it."""

from __future__ import annotations

import unicodedata

_JOINERS = "\u200c\u200d"  # belong to words and to emoji


def literal(value: object) -> str:
    r"""Write a value as a Python expression on one line; text in double quotes where that needs no escape.

    Parameters
    ----------
    value : str, int, float, bool, None, a number of NumPy, or a list, tuple or dict of these

    Raises
    ------
    TypeError
        For any other value: what its `repr` says is not known to be code that makes it again.

    >>> literal("churn.csv"), literal('a"b'), literal("a\nb")
    ('"churn.csv"', '\'a"b\'', '"a\\nb"')
    >>> literal(["a", 1, None])
    '["a", 1, None]'
    """
    match value:
        case list():
            return f"[{', '.join(map(literal, value))}]"
        case tuple():
            return f"({', '.join(map(literal, value))}{',' if len(value) == 1 else ''})"
        case dict():
            return "{" + ", ".join(f"{literal(k)}: {literal(v)}" for k, v in value.items()) + "}"
    return _single(value)


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


def markdown(text: str) -> str:
    r"""Text for a paragraph of Markdown in a notebook: shown as it is, neither markup nor HTML nor a formula.

    >>> print(markdown("churn of 2024"), markdown("a_b <b>*$x$"))
    churn of 2024 a\_b &lt;b&gt;\*\$x\$
    """
    entities = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
    return "".join(rf"\{c}" if c in r"\`*_[]#|~$" else entities.get(c, c) for c in visible(text))


def visible(text: str, *, keep: str = "") -> str:
    r"""Text for a terminal, a message or a chart: what would steer them is shown as Python writes it.

    Parameters
    ----------
    text : str
    keep : str
        Control characters to leave, such as line breaks in a text of several lines.

    >>> print(visible("red \x1b[31m\nnext"))
    red \x1b[31m\nnext
    """
    if text.isprintable():
        return text
    return "".join(repr(c)[1:-1] if _steers(c) and c not in keep else c for c in text)


def _steers(character: str) -> bool:
    """Whether it is a control, a mark of direction, half a character or a break; blanks and joiners are not."""
    return unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp") and character not in _JOINERS


def _single(value: object) -> str:
    """Write one value; a subclass of text or numbers as what it is, whatever its own `repr` says."""
    match value:
        case str():
            source = str.__repr__(value)
            return f'"{source[1:-1]}"' if source.startswith("'") and '"' not in source else source
        case None | bool():
            return repr(value)
        case int():
            return int.__repr__(value)
        case float():
            text = float.__repr__(value)
            return f'float("{text}")' if text in ("nan", "inf", "-inf") else text
    number = value.item() if hasattr(value, "item") else None
    if not isinstance(number, (bool, int, float)):
        raise TypeError(f"{type(value).__name__} is no value that generated source can hold")
    return _single(number)
