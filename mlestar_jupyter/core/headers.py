"""Whether a row has the names of columns, or is like the rows below it.

Runs alone, as `rows` does.
"""

import itertools
import re
from collections import Counter
from collections.abc import Sequence

from mlestar_jupyter.core.dialects import all_say_numbers, says_number
from mlestar_jupyter.core.texts import NO_NUMBERS

AROUND = " \t\r\n\ufeff\xa0"
"""What does not count at the ends of a value."""
_AROUND_NAMES = AROUND + '"'
_ALL_BUT_FEW, _HALF_OF_THEM = 0.95, 0.5
_FEW_BELOW, _FEWEST_MARKS, _MOST_LOOKED_AT = 5, 6, 300
_FIRST_YEAR, _LAST_YEAR_NAMED = 1800, 2200


def clean_text(name: str) -> str:
    """Write a value without blanks around it."""
    return name.strip(AROUND)


def clean(row: Sequence[str]) -> tuple[str, ...]:
    """Values without blanks around them."""
    return tuple(map(clean_text, row))


def names_again(row: Sequence[str], header: Sequence[str]) -> bool:
    """Whether a row has the names of a header, as where one file was put behind another with its byte order mark.

    >>> names_again(['\ufeff"a"', " b"], ["a", "b"]), names_again(["a", "c"], ["a", "b"])
    (True, False)
    """
    return row[0].strip(_AROUND_NAMES) == header[0] and clean(row[1:]) == tuple(header[1:])


def is_header(row: list[str], below: Sequence[tuple[int, list[str]]]) -> bool:
    """Whether a row is made of names above numbers; a mark of a missing value is no name.

    >>> below = [(1, ["Bern", "2.5"]), (2, ["Chur", "0.5"])]
    >>> is_header(["city", "size"], below), is_header(["Genf", "NA"], below)
    (True, False)
    """
    columns = by_column(row, [values for _, values in below])
    return any(name and numeric and not (says_number(name) or is_mark(name)) for name, numeric, _ in columns)


def is_mark(value: str) -> bool:
    """Whether a value stands for a missing one among numbers."""
    return value.casefold() in NO_NUMBERS


def is_like(row: list[str], below: Sequence[tuple[int, list[str]]]) -> bool:
    """Whether a row has what rows have: a text that recurs, or numbers above numbers that are no names.

    >>> below = [(1, ["Bern", "2.5"]), (2, ["Chur", "0.5"])]
    >>> is_like(["Bern", "not known"], below), is_like(["city", "size"], below)
    (True, False)
    """
    columns = by_column(row, [values for _, values in below])
    numbers = [value for value, numeric, _ in columns if numeric and says_number(value)]
    recurs = any(value and values[value] for value, numeric, values in columns if not numeric)
    return recurs or (bool(numbers) and not count_up(numbers))


def fits(header: list[str], below: Sequence[tuple[int, list[str]]], width: int) -> bool:
    """Whether a line of one name less, or of empty names at its end, is the header."""
    filled = [clean_text(value) for value in header]
    while len(filled) > width and not filled[-1]:
        filled.pop()
    full = [row for _, row in below if len(row) == width]
    is_short = len(filled) == width - 1 and (not any(clean_text(row[-1]) for row in full) or _is_index(full))
    return (len(filled) == width or is_short) and all(filled) and len(set(filled)) == len(filled)


def _is_index(rows: Sequence[list[str]]) -> bool:
    """Whether the first values name the rows: running numbers, or texts that are all different."""
    values = [clean_text(row[0]) for row in rows]
    if all(value.isdecimal() for value in values):
        return count_up(values)
    return len(set(values)) == len(values) and not any(map(says_number, values))


def by_column(row: list[str], below: list[list[str]]) -> list[tuple[str, bool, Counter[str]]]:
    """Each value of a row, whether the column below has numbers only, and how often it has which texts."""
    found = []
    below = below[:_MOST_LOOKED_AT]
    for k, value in enumerate(row):
        values = Counter(clean_text(other[k]) for other in below if k < len(other))
        known = [text for text in values if text.casefold() not in NO_NUMBERS]
        numeric = bool(known) and (all_say_numbers(known) or sum(map(says_number, known)) >= _ALL_BUT_FEW * len(known))
        found.append((clean_text(value), numeric, values))
    return found


def lacks_header(row: list[str], below: list[list[str]]) -> bool:
    """Whether a first row looks like those below: numbers among names, and texts that recur.

    >>> rows = [["2.5", "red"], ["0.5", "blue"], ["1.5", "red"], ["3.5", "red"], ["2.2", "blue"], ["4.1", "red"]]
    >>> lacks_header(rows[0], rows[1:]), lacks_header(["size", "colour"], rows)
    (True, False)
    """
    top = clean(row)  # files put one behind another have their names again
    below = [other for other in below if not names_again(other, top)]
    found = [column for column in by_column(row, below) if column[0]]
    columns = [column for column in found if not is_mark(column[0])]
    if len(below) < _FEW_BELOW or not columns:
        return False
    numbers = [value for value, numeric, _ in columns if numeric and says_number(value)]
    names = [value for value, numeric, values in columns if numeric and not says_number(value) and not values[value]]
    texts = [(value, values) for value, numeric, values in columns if not numeric]
    recurring = sum(values[value] > 0 for value, values in texts)
    counts_up = count_up(numbers)
    if names:  # or words for a missing value that nobody knows
        is_row = 0 < recurring == len(texts) and len(names) < len(numbers) + recurring
        return is_row and bool(numbers) and not counts_up
    marks = [value for value, _, _ in found if is_mark(value)]
    if len(set(marks)) < len(marks):
        return True
    if recurring or counts_up or not numbers:
        return recurring > 0 and (not counts_up if recurring == len(texts) else bool(numbers))
    if any(re.search(r"[.,]\d", value) or value.startswith("-") for value in numbers):
        return True
    whole = all(values[value] for value, numeric, values in columns if numeric)
    return len(numbers) >= len(columns) * _HALF_OF_THEM and (whole or len(set(numbers)) < len(numbers))


def count_up(numbers: list[str]) -> bool:
    """Whether numbers are names: years, positions one after the other, or many marks of a scale."""
    if len(numbers) <= 1 or not all(re.fullmatch(r"\d+(\.\d+)?", number) for number in numbers):
        return False
    marks = [float(number) for number in numbers]
    steps = {b - a for a, b in itertools.pairwise(marks)}
    if min(steps) <= 0:
        return max(steps) < 0 and len(numbers) >= _FEWEST_MARKS
    years = all(_FIRST_YEAR <= mark <= _LAST_YEAR_NAMED and mark == int(mark) for mark in marks)
    return years or steps == {1} or len(numbers) >= _FEWEST_MARKS
