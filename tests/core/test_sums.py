"""Rows of sums are known by their form, whatever they are called; rows with missing values are none."""

from collections import Counter

import numpy as np
import pandas as pd
import pytest

from mlestar_jupyter.core import sums
from mlestar_jupyter.core.sums import n_sums_below, rows_of_sums, sums_among

pytestmark = pytest.mark.fast

SIZE = 12
ORDERS = pd.DataFrame(
    {
        "id": [f"A{k:03d}" for k in range(SIZE)],
        "day": [f"{k + 1:02d}.03.2025" for k in range(SIZE)],
        "town": ["Ulm", "Bonn", "Kiel"] * (SIZE // 3),
        "price": np.arange(SIZE) * 1.25 + 2,
        "cost": np.arange(SIZE) % 5 * 30.5 + 7,
    }
)


def line(part, **values):
    """A row with the sums of others, and nothing in the columns that are not named."""
    return pd.DataFrame([{"price": part["price"].sum(), "cost": part["cost"].sum()} | values])


def joined(*parts):
    return pd.concat(parts, ignore_index=True)[list(ORDERS)]


@pytest.mark.parametrize("label", [{}, {"id": "Zwischensumme"}, {"town": "Saldo"}, {"id": "Übertrag", "town": "Nord"}])
def test_a_row_of_sums_below_is_found_whatever_it_is_called(label):
    assert rows_of_sums(joined(ORDERS, line(ORDERS, **label))) == [SIZE]


def test_sub_totals_between_and_a_grand_total_are_found():
    first, second = ORDERS[:5], ORDERS[5:]
    table = joined(first, line(first, id="North"), second, line(second, id="South"), line(ORDERS, id="All"))
    assert rows_of_sums(table) == [5, 13, 14]
    assert n_sums_below(table) == 2


def test_numbers_far_beyond_all_others_need_not_be_the_sums():
    assert rows_of_sums(joined(ORDERS, line(ORDERS, price=4321.5, cost=98765.4, id="Netto"))) == [SIZE]


@pytest.mark.parametrize(("point", "thousands"), [(".", ","), (",", "."), (",", " "), (".", "'")])
def test_amounts_in_text_are_added_in_their_own_marks(point, thousands):
    def written(value):
        return f"{value:,.2f} kg".replace(",", "_").replace(".", point).replace("_", thousands)

    whole = ORDERS.assign(price=ORDERS["price"] * 700, cost=1 + ORDERS["cost"] * 300)
    table = joined(whole, line(whole, id="Sum"))
    table[["price", "cost"]] = table[["price", "cost"]].map(written)
    assert rows_of_sums(table) == [SIZE]


def test_one_empty_column_is_enough_where_every_number_is_a_sum():
    plain = ORDERS[["day", "town", "cost"]]
    sums = pd.DataFrame([{"day": "Zwischensumme", "cost": plain["cost"].sum()}])
    assert rows_of_sums(pd.concat([plain, sums], ignore_index=True)) == [SIZE]
    other = sums.assign(cost=plain["cost"].max() * 3)
    assert rows_of_sums(pd.concat([plain, other], ignore_index=True)) == []


@pytest.mark.parametrize("where", [[SIZE - 1], [3], [2, 7], [0, 1]])
@pytest.mark.parametrize("columns", [["id"], ["id", "day"], ["id", "day", "town"]])
def test_missing_values_make_no_row_of_sums(where, columns):
    table = ORDERS.copy()
    table.loc[where, columns] = None
    assert rows_of_sums(table) == []


def test_small_counts_and_zeros_make_no_row_of_sums():
    generator = np.random.default_rng(0)
    for _ in range(20):
        table = pd.DataFrame(generator.integers(0, 3, (20, 3)), columns=list("abc")).astype(float)
        table[["d", "e"]] = "x"
        table.loc[generator.integers(0, 20, 2), ["d", "e"]] = None
        assert rows_of_sums(table) == []


def test_a_sum_of_two_rows_must_be_larger_than_both():
    table = pd.DataFrame({"k": ["a", "b", None, "c", "d", "e"], "y": [0.0, 4.0, 4.0, 1.0, 2.0, 9.0]})
    assert rows_of_sums(table) == []


def test_the_notice_names_row_values_and_what_to_do():
    table = joined(ORDERS[:5], line(ORDERS[:5], id="North"), ORDERS[5:])
    assert sums_among(table, "is used") == [
        "Row 6 looks like sums of others (id 'North', price '22.5'; 2 of 5 values empty) and is used like any "
        "other. To leave it out, delete it from the table."
    ]
    assert sums_among(ORDERS, "is used") == []


def with_missing(table, seed, share=0.05):
    """Leave values out at random."""
    return table.mask(np.random.default_rng(seed).random(table.shape) < share)


@pytest.mark.parametrize("late", [10, 400])
@pytest.mark.parametrize("unit", ["", " kg"])
def test_sums_are_found_among_values_that_are_missing_at_random(late, unit):
    generator = np.random.default_rng(3)
    table = pd.DataFrame(generator.integers(10, 90, (500, 6)).astype(float), columns=list("abcdef"))
    noisy = table.assign(**with_missing(table[["e", "f"]], 3))
    noisy[["id", "day"]] = "x"
    sums = noisy.iloc[:late][list("abcdef")].sum().to_frame().T
    noisy = pd.concat([noisy[:late], sums, noisy[late:]], ignore_index=True)
    if unit:
        noisy[list("abcdef")] = noisy[list("abcdef")].map(lambda v: v if pd.isna(v) else f"{v:,.1f}{unit}")
    assert rows_of_sums(noisy) == [late]


@pytest.mark.parametrize("written", [lambda values: values, lambda values: values.map(lambda v: f"{v} kg")])
def test_a_column_is_read_once_however_many_patterns_of_empty_values_there_are(written, monkeypatch):
    n_columns = 40
    table = written(pd.DataFrame(np.random.default_rng(0).integers(1, 9_999, (1_500, n_columns))))
    table = with_missing(table, 1)
    read = []
    whole = sums._readings
    monkeypatch.setattr(sums, "_readings", lambda values: read.append(values.name) or whole(values))
    assert rows_of_sums(table) == []
    assert max(Counter(read).values()) <= 2  # the first rows, and the column
