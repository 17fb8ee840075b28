"""How a column of text spells numbers and booleans: "01" and "true", which come as 1 and True from elsewhere.

Runs alone, as `values` does.
"""

import re
import typing
from collections.abc import Iterable
from decimal import Decimal

PLAIN_NUMBER = re.compile(r"-?\d+(\.\d+)?")
_MOST_SPELLED = 50


def spellings(texts: Iterable[str]) -> tuple[str, ...]:
    """Find how the numbers and booleans among texts are spelled; nothing where that is how they are written anyway.

    Of few texts the numbers are given as they are, of many as shapes: "#000" has three digits, "#0.00" two places, "#0"
    and "#0.0" as many as needed.

    >>> spellings(["01", "10", "A3"]), spellings(["1", "x"]), spellings(["true", "no"])
    (('01', '10'), (), ('true',))
    """
    texts = set(texts)
    booleans = sorted(text for text in texts if text.casefold() in ("true", "false"))
    numbers = sorted(text for text in texts if PLAIN_NUMBER.fullmatch(text))
    if all(_plain_number(text) == text for text in numbers):
        numbers = []
    if len(texts) > _MOST_SPELLED:  # one of many may be the text of somebody's row
        numbers = sorted(_shapes(numbers))
    return (*booleans, *numbers) if numbers or any(text not in ("True", "False") for text in booleans) else ()


def _plain_number(text: str) -> str:
    """Write a number as it is written when it comes as a number."""
    value = float(text)
    return str(int(Decimal(text))) if value == int(value) else repr(value)


def _shapes(numbers: list[str]) -> set[str]:
    wholes = [text.lstrip("-") for text in numbers if "." not in text]
    points = [text for text in numbers if "." in text]
    padded = {len(text) for text in wholes if text[0] == "0" and len(text) > 1}
    found = {"#" + "0" * width for width in padded}
    if any(len(text) < max(padded, default=2) and text[0] != "0" for text in wholes) or (wholes and not padded):
        found.add("#0")
    if points and all(text == repr(float(text)) for text in points):
        return found | {"#0.0"}
    return found | {"#0." + "0" * len(text.partition(".")[2]) for text in points}


def spelled(plain: str, spelling: tuple[str, ...]) -> list[str]:
    """Find the texts that may stand for a number or boolean, which is given as it is written.

    >>> spelled("1", ("01", "10")), spelled("True", ("true",)), spelled("7", ("#000",))
    (['01'], ['true'], ['007'])
    """
    if plain in ("True", "False"):
        return [text for text in spelling if text.casefold() == plain.casefold()]
    if not PLAIN_NUMBER.fullmatch(plain):
        return []
    value = Decimal(plain)
    found = [text for text in spelling if PLAIN_NUMBER.fullmatch(text) and Decimal(text) == value]
    shaped = {_in_shape(value, plain, text[1:]) for text in spelling if text.startswith("#")}
    return [*found, *sorted(text for text in shaped if text and Decimal(text) == value)]


def _in_shape(value: Decimal, plain: str, shape: str) -> str:
    """Write a number in a shape; the caller checks that it still is the same."""
    if "." not in shape:
        sign = "-" if value < 0 else ""
        return sign + str(abs(int(value))).zfill(len(shape))
    if shape == "0.0":
        return plain if "." in plain else f"{plain}.0"
    return f"{value:.{len(shape) - 2}f}"


def has_kind(plain: str, spelling: tuple[str, ...]) -> bool:
    """Whether the column has booleans, where one is given, or numbers, where one is."""
    is_boolean = plain in ("True", "False")
    return any((text.casefold() in ("true", "false")) == is_boolean for text in spelling)


def doubt(value: typing.Any, plain: str, spelling: tuple[str, ...]) -> str:
    """Say why a number or boolean cannot be matched to a text; nothing where it can."""
    if isinstance(value, (str, bytes)) or not has_kind(plain, spelling):
        return ""
    found = spelled(plain, spelling)
    if len(found) > 1:
        return f"may be {' or '.join(map(repr, found[:3]))}"
    return "" if found else "is not among the texts of the table"
