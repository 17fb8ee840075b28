"""How columns of dates become points in time."""

import json
import types

import numpy as np
import pandas as pd
import pytest

from mlestar_jupyter.core.column import Column
from mlestar_jupyter.core.contract import to_json
from mlestar_jupyter.core.dates import marked_dates, read_dates
from mlestar_jupyter.core.script import reading_source
from mlestar_jupyter.core.values import read_column
from mlestar_jupyter.modalities.derivation import derive

DAYS = pd.date_range("2023-01-01", periods=60, freq="6D")
NOT = pd.NaT


def read(values, **how):
    return read_dates(pd.Series(values), Column("x", "date", **how)).tolist()


@pytest.mark.parametrize(
    ("unit", "values"),
    [
        ("ymd", DAYS.strftime("%Y%m%d").astype(int)),
        ("ymd", DAYS.strftime("%Y%m%d").astype(float)),
        ("ymd", DAYS.strftime("%Y%m%d")),
        ("excel", (DAYS - pd.Timestamp("1899-12-30")).days),
        ("excel", (DAYS - pd.Timestamp("1899-12-30")).days.astype(str)),
        ("s", (DAYS - pd.Timestamp(0)) // pd.Timedelta("1s")),
        ("ms", ((DAYS - pd.Timestamp(0)) // pd.Timedelta("1ms")).astype(str)),
    ],
)
def test_numbers_are_read_by_their_unit_as_numbers_texts_and_objects(unit, values):
    for given in (values, list(values), pd.Series(list(values), dtype=object)):
        assert read(given, unit=unit) == DAYS.tolist()


def test_months_in_digits_and_months_by_name_are_their_first_day():
    assert read([202312, 202313, 1], unit="ym") == [pd.Timestamp("2023-12-01"), NOT, NOT]
    assert read(["Mär", "dec.", "13"], unit="month") == [pd.Timestamp("2000-03-01"), pd.Timestamp("2000-12-01"), NOT]


@pytest.mark.parametrize("value", [20230230, 20231301, 0, 99999999, 20230101.5, -20230101, np.nan, np.inf])
def test_digits_that_are_no_day_are_missing(value):
    assert read([value, 20230101], unit="ymd") == [NOT, pd.Timestamp("2023-01-01")]


@pytest.mark.parametrize(
    ("values", "marks", "how"),
    [
        (
            ["01/01/1900", "1900-01-01", pd.Timestamp("1900-01-01"), "unknown"],
            ("01/01/1900", "unknown"),
            {"order": "day"},
        ),
        (pd.to_datetime(["1900-01-01", None]), ("1900-01-01",), {}),
        (pd.to_datetime(["1900-01-01"], utc=True), ("1900-01-01 00:00:00+00:00",), {"utc": True}),
        ([0, 99991231, "0", "99991231"], ("0", "99991231"), {"unit": "ymd"}),
    ],
)
def test_days_that_stand_for_missing_are_missing_however_they_come(values, marks, how):
    column = Column("x", "date", marks=marks, **how)
    found, unread = read_column(pd.Series(values), column)
    assert found.isna().all()
    assert unread is None
    assert not marked_dates(pd.Series(["02/01/1900"]), column).any()


def test_years_of_two_digits_have_the_century_of_the_column():
    assert read(["1/2/45", "1-Feb-45"], order="day", pivot=30) == [pd.Timestamp("1945-02-01")] * 2
    assert read(["1/2/45"], order="day") == [pd.Timestamp("2045-02-01")]


@pytest.mark.parametrize("text", ["2024-03-05 10:00:00.123456789", "2024-03-05T10:00:00.123456Z"])
def test_parts_of_seconds_are_read_to_the_millionth(text):
    assert read([text, "5.3.2024"], utc=True, order="day")[0] == pd.Timestamp("2024-03-05 10:00:00.123456", tz="UTC")


@pytest.mark.parametrize("year", [1000, 1699, 1700, 2199, 2200, 9999])
def test_years_that_are_far_away_are_read(year):
    assert read([f"{year}-12-31"]) == [pd.Timestamp(year, 12, 31)]


WRITTEN = pd.DataFrame(
    {
        "british": [*DAYS[:57].strftime("%d/%m/%Y"), "unknown", "01/01/1900", "01/01/1900"],
        "german": DAYS.strftime("%d.%m.%y %H:%M"),
        "born": (DAYS - pd.DateOffset(years=70)).strftime("%d/%m/%y"),
        "named": [f"{day.day}. {('März' if day.month == 3 else day.strftime('%b'))} {day.year}" for day in DAYS],
        "quarter": DAYS.to_period("Q").astype(str),
        "digits": [*DAYS[:57].strftime("%Y%m%d").astype(int), 0, 0, 0],
        "created_at": (DAYS - pd.Timestamp(0)) // pd.Timedelta("1s"),
        "zoned": DAYS.strftime("%a %b %d %Y %H:%M:%S GMT+0100 (CET)"),
    }
)


@pytest.fixture(scope="module")
def alone():
    """What the script and the service hold of the reading."""
    module = types.ModuleType("alone")
    exec(reading_source(), module.__dict__)
    return module


@pytest.mark.parametrize("door", ["frame", "records", "one by one", "file"])
def test_every_door_reads_the_dates_of_the_table_alike(alone, door, tmp_path):  # T1, T10
    derived = derive(WRITTEN, "")
    contract = alone.Contract.from_dict(json.loads(to_json(derived)))
    wanted, _ = derived.read_known(WRITTEN.assign(**{"": 1}))
    wanted = wanted.drop(columns="")
    records = WRITTEN.astype(object).to_dict("records")
    match door:
        case "frame":
            found = contract.read(WRITTEN)[0]
        case "records":
            found = contract.read(json.loads(json.dumps(records, default=int)))[0]
        case "one by one":
            found = pd.concat([contract.read(row)[0] for row in records], ignore_index=True)
        case "file":
            WRITTEN.to_csv(tmp_path / "new.csv", index=False)
            found = contract.read(contract.read_file(tmp_path / "new.csv"))[0]
    pd.testing.assert_frame_equal(found, wanted)
    assert wanted.notna().sum().tolist() == [57, 60, 60, 60, 60, 57, 60, 60]


def test_a_single_row_is_read_in_the_order_of_the_column_and_what_contradicts_it_is_refused(alone):
    contract = alone.Contract.from_dict(json.loads(to_json(derive(WRITTEN[["british"]], ""))))
    assert contract.read({"british": "03/09/2023"})[0]["british"].tolist() == [pd.Timestamp("2023-09-03")]
    for text in ("09/13/2023", "31/02/2023", "soon"):
        with pytest.raises(
            alone.RowsError, match=f"Column 'british', row 1: '{text}' cannot be read as a date such as .*. Correct it"
        ):
            contract.read({"british": text})
