"""Roles of columns, and what is suggested aloud."""

import datetime

import numpy as np
import pandas as pd
import pytest

from mlestar_jupyter.data.roles import find_columns
from mlestar_jupyter.errors import DataError
from mlestar_jupyter.modalities.derivation import derive
from mlestar_jupyter.problems.recognition import find_problem

pytestmark = pytest.mark.fast

N = 200
RANDOM = np.random.default_rng(0)
NUMBERS = RANDOM.normal(size=N).round(3)


def columns_of(frame, group=None, time=None):
    contract = derive(frame, "")
    return find_columns(contract.apply(frame)[0], contract, group, time)


def role_of(values, name="x"):
    (column,), _ = columns_of(pd.DataFrame({name: values}))
    return column


@pytest.mark.parametrize(
    ("values", "role"),
    [
        (NUMBERS, "numeric"),
        (RANDOM.integers(0, 3, N), "numeric"),
        (RANDOM.choice(["a", "b"], N), "categorical"),
        (RANDOM.random(N) > 0.5, "categorical"),
        (pd.Categorical(RANDOM.choice(["a", "b"], N)), "categorical"),
        (pd.date_range("2026-01-01", periods=N), "date"),
        ([datetime.date(2026, 1, 1 + i % 28) for i in range(N)], "date"),
        ([f"2026-01-{1 + i % 28:02d} 10:00" for i in range(N)], "date"),
        ([f"{1 + i % 12}/{1 + i % 28}/2026" for i in range(N)], "date"),
        ([f"customer {i} wrote a long letter about it" for i in range(N)], "text"),
        ([f"C-{i}" for i in range(N)], "identifier"),
        (np.arange(N) + 1000, "identifier"),
        (["same"] * N, "constant"),
        ([None] * N, "empty"),
        ([f"{i:05d}" for i in RANDOM.integers(0, 50, N)], "categorical"),
        (RANDOM.choice(["Mon", "Tue", "May"], N), "categorical"),
    ],
)
def test_role(values, role):
    assert role_of(values).role == role


def test_unique_floats_are_no_identifier():
    assert role_of(np.arange(N) + 0.5, "customer_id").role == "numeric"


def test_an_id_by_name_is_an_identifier_though_it_repeats():
    assert role_of(np.repeat(np.arange(50) * 7, 4), "idcode").role == "identifier"
    assert role_of(np.repeat(np.arange(50) * 7, 4), "width").role == "numeric"


def test_numbers_stored_as_text_with_blanks_and_marks():
    column = role_of([" ", "?", *map(str, NUMBERS[2:])])
    assert (column.role, column.stored_as_text) == ("numeric", True)
    assert column.missing == pytest.approx(2 / N)


@pytest.mark.parametrize("value", [-999, -99, 9999])
def test_numbers_that_stand_for_missing(value):
    values = NUMBERS.copy()
    values[:5] = value
    assert role_of(values).sentinels == (value,)
    assert role_of(values).missing == pytest.approx(5 / N)


def test_999_among_its_like_is_a_number():
    assert role_of([*RANDOM.integers(0, 2000, N).tolist(), 999, 999]).sentinels == ()


def test_a_date_suggests_time_and_an_id_suggests_group():
    frame = pd.DataFrame(
        {"day": pd.date_range("2026-01-01", periods=N).astype(str), "idcode": np.repeat(np.arange(50), 4)}
    )
    _, notices = columns_of(frame)
    assert any("--time day" in n and "rows are in its order" in n for n in notices)
    assert any("--group idcode" in n and "4.0 rows each" in n for n in notices)
    _, notices = columns_of(frame, "idcode", "day")
    assert not any("--time" in n or "--group" in n for n in notices)


@pytest.mark.parametrize(
    ("values", "problem", "classes"),
    [
        (["No", "Yes", "No"], "binary", ("No", "Yes")),
        ([True, False, False], "binary", (False, True)),
        ([0, 1, 1, 1], "binary", (0, 1)),
        ([1.0, 0.0, 1.0], "binary", (0.0, 1.0)),
        ([1, 2, 1, 1], "binary", (1, 2)),
        (["good", "bad", "good"], "binary", ("good", "bad")),
        ([3, 1, 2], "multiclass", (1, 2, 3)),
        (["b", "a", "c"], "multiclass", ("a", "b", "c")),
        (list(range(21)), "regression", ()),
        ([0.5, 1.5, 2.5], "regression", ()),
    ],
)
def test_problem_and_classes(values, problem, classes):
    kind = find_problem(pd.Series(values * 3, name="y"))
    assert (kind.problem.name, kind.labels) == (problem, classes)
    assert [type(label) for label in kind.labels] == [type(label) for label in classes]


def test_imbalance_is_told():
    kind = find_problem(pd.Series(["no"] * 196 + ["yes"] * 4, name="y"))
    assert kind.notices == (
        "The positive class is 'yes' (2.0% of the rows).",
        "Classes are not balanced: 'yes' is 2.0% of the rows.",
    )


def test_a_target_that_looks_like_an_identifier_is_refused():
    values = pd.Series([f"c{k}" for k in range(1000)], name="price")
    line = "The target 'price' has 1,000 classes in 1,000 rows: it looks like an identifier. Name another column."
    with pytest.raises(DataError, match=line + "$"):
        find_problem(values)
    with pytest.raises(DataError, match="or add --problem regression"):
        find_problem(pd.Series(range(1000), name="price"), "multiclass")
