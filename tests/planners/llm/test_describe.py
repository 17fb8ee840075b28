"""What leaves the machine about a table."""

import re

import pytest

from mlestar_jupyter.core.task import Dataset, Holdout, Rows
from mlestar_jupyter.errors import SettingError
from mlestar_jupyter.planners.llm.describe import describe
from tests.planners.tables import COLUMNS, N_ROWS, make_table, make_task

pytestmark = pytest.mark.fast

TEXTS = (
    r"red\b",
    "green",
    "blue",
    "quite good",
    "shop 1",
    "2024-0",
    "2025-0",
    "r11",
    "-999",
    r"inf\b",
    r"yes\b",
    r"no\b",
)


@pytest.fixture
def dataset():
    X, y = make_table()
    rows = Rows(X, y, None, X.index.to_numpy())
    return Dataset(make_task(), rows.take(X.index[:90]), Holdout(rows.take(X.index[90:])))


def test_every_column_is_described(dataset):
    text = describe(dataset)
    for column in COLUMNS:
        assert f"\n- {column.name}: {column.role}; " in text
    assert "problem: binary" in text
    assert "metric: roc_auc" in text.lower()
    assert re.search(r"- amount: numeric; float64; 110 distinct; 10.0% missing; mean \S+, sd \S+, skewness", text)


def test_no_cell_is_in_it(dataset):
    text = describe(dataset)
    assert [cell for cell in TEXTS if re.search(rf"(?<!\w){cell}", text)] == []
    for name in ("amount", "price", "total"):
        cells = {str(v) for v in dataset.development.X[name]}
        line = next(line for line in text.split("\n") if line.startswith(f"- {name}:"))
        assert not cells & set(re.split(r"[\s,;]+", line))


def test_the_moments_of_few_values_would_tell_them(dataset):
    text = describe(dataset)
    for name in ("same", "member", "person"):
        assert "mean" not in next(line for line in text.split("\n") if line.startswith(f"- {name}:"))


def test_infinities_and_stand_ins_do_not_count(dataset):
    line = next(row for row in describe(dataset).split("\n") if row.startswith("- rooms:"))
    assert 1 <= float(re.search(r"mean ([-\d.]+)", line)[1]) <= 4
    assert "mean inf" not in describe(dataset)


def test_rows_are_shared_where_wished_and_the_holdout_never(dataset):
    shown = describe(dataset, 20).split("drawn at random:\n")[1].split("\n")
    assert len(shown) == 20
    ids = {re.match(r"id=(\w+) \| ", row)[1] for row in shown}
    assert ids <= set(dataset.development.X["id"])
    assert all(row.endswith(("| target=yes", "| target=no")) for row in shown)
    assert describe(dataset, 20) == describe(dataset, 20)


def test_asking_does_not_open_the_holdout(dataset):
    opened = []
    dataset.holdout.on_open = opened.append
    describe(dataset, 5)
    assert opened == []


def test_no_more_rows_than_there_are(dataset):
    few = Dataset(dataset.task, dataset.development.take(dataset.development.X.index[:3]), dataset.holdout)
    assert len(describe(few, 20).split("drawn at random:\n")[1].split("\n")) == 3


@pytest.mark.parametrize("rows", [-1, 21, N_ROWS])
def test_a_table_is_not_shared_whole(dataset, rows):
    with pytest.raises(SettingError) as error:
        describe(dataset, rows)
    assert str(error.value) == f"{rows} rows cannot be shared. Give a number from 0 to 20."
