"""The lines at the end of a file of delimited text that are no rows of its table.

Runs alone, as `rows` does.
"""

import io
from collections.abc import Sequence

import pandas as pd

from mlestar_jupyter.core.headers import clean_text
from mlestar_jupyter.core.layout import Layout
from mlestar_jupyter.core.sums import is_total, n_sums_below

_MOST_BELOW = 20


def find_below(text: str, layout: Layout, *, is_whole: bool = False) -> list[str]:
    """Find the lines at the end of a file that are no rows: totals, remarks, and lines without any value.

    Parameters
    ----------
    text : str
        The end of the file.
    layout : Layout
    is_whole : bool
        Whether the text is all of it.
    """
    dialect, width, found = layout.sample.dialect, layout.sample.width, []
    if width == 1:
        return []
    others = [list(map(clean_text, row)) for _, row in layout.body[:-1]]  # the last may be the end of the file
    fewest, n_filled, n_totals, n_sums = min(width, len(layout.names)), 0, 0, -1
    lines = io.StringIO(text, newline="").readlines()
    for line in reversed(lines):
        if dialect.quote and line.count(dialect.quote) % 2:
            break
        row = next(iter(dialect.split([line])), [])
        filled = [value for value in row if clean_text(value)]
        if filled and len(row) >= fewest:
            says_so = is_total(list(map(clean_text, row)), others)
            if not says_so and n_sums < 0 and len(filled) < len(row):
                n_sums = n_sums_below(_frame(lines, layout, is_whole=is_whole))
            if not says_so and n_totals >= n_sums:
                break
            n_totals += 1
        found.append(line)
        n_filled += bool(line.strip())
        if n_filled > _MOST_BELOW:
            return []
    while found and not found[-1].strip():  # pandas passes over them by itself
        found.pop()
    return found[::-1]


def _frame(lines: Sequence[str], layout: Layout, *, is_whole: bool) -> pd.DataFrame:
    """Make a table of the rows at the end of a file and of those that are known from its start, as texts."""
    width, body = layout.sample.width, layout.body
    split = layout.sample.dialect.split(lines)
    if is_whole and body:
        rows = [row for number, row in enumerate(split) if number >= body[0][0]]
    else:
        rows = [*(row for _, row in body), *split]
    even = [[text or None for text in map(clean_text, row)] for row in rows if len(row) == width]
    return pd.DataFrame([row for row in even if any(row)], columns=range(width), dtype=object)
