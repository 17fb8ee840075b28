"""The contract for rows: what is worked out from a table, and that it says how new rows are read."""

import json

import numpy as np
import pandas as pd
import pytest

from mlestar_jupyter.core.contract import Contract, to_json, with_seen
from mlestar_jupyter.data.reading import read_table
from mlestar_jupyter.errors import DataError
from mlestar_jupyter.modalities.derivation import derive
from mlestar_jupyter.problems.recognition import make_dataset

pytestmark = pytest.mark.fast

DAYS = pd.date_range("2023-01-01", periods=60, freq="6D")
TEXT = str(pd.Series(["a"]).dtype)  # another one before pandas 3


def column_of(values, **how):
    return derive(pd.DataFrame({"x": values}), "", **how).column("x")


def read(values, contract):
    return contract.apply(pd.DataFrame({"x": values}))[0]["x"].tolist()


@pytest.mark.parametrize(
    ("values", "kind", "canonical"),
    [
        ([1, 2], "number", "float64"),
        (pd.array([1, None], dtype="Int64"), "number", "float64"),
        (pd.array([1.5, None], dtype="double[pyarrow]"), "number", "float64"),
        (np.array([1, 2], dtype="float32"), "number", "float32"),
        (np.array([1, 2], dtype="float16"), "number", "float32"),
        (pd.arrays.SparseArray([0, 0, 1]), "number", "float64"),
        ([True, None, False], "boolean", "float64"),
        (pd.array([True, None], dtype="boolean"), "boolean", "float64"),
        (pd.Categorical([1, 2]), "text", TEXT),
        ([b"a", b"b"], "text", TEXT),
        ([[1], [1, 2]], "text", TEXT),
        ([1, "x", None], "text", TEXT),
        (pd.to_timedelta([1, 2], unit="h"), "duration", "float64"),
        (pd.period_range("2023-01", periods=2, freq="M"), "date", "datetime64[us]"),
        (DAYS[:2].tz_localize("Asia/Tokyo"), "date", "datetime64[us, UTC]"),
        (["2023-05-01", "2023-05-02"], "date", "datetime64[us]"),
        (["1.5", "?", *["2"] * 20], "number", "float64"),
        ([None, None], "empty", "float64"),
    ],
)
def test_every_type_has_one_kind_and_one_form(values, kind, canonical):
    frame = pd.DataFrame({"x": values})
    contract = derive(frame, "")
    found, _ = contract.apply(frame)
    assert (contract.column("x").kind, str(found["x"].dtype)) == (kind, canonical)
    pd.testing.assert_frame_equal(contract.apply(found)[0], found)


def test_durations_mean_the_same_in_training_and_prediction():  # T1
    contract = derive(pd.DataFrame({"x": pd.to_timedelta([1, 2], unit="h")}), "")
    assert read(pd.to_timedelta(["2h"]), contract) == [7200.0]
    assert read(["0 days 02:00:00"], contract) == [7200.0]
    assert read([7200], contract) == [7200.0]


def test_numbers_of_json_that_stand_for_dates_keep_their_unit():  # T1
    seconds = [1_700_000_000, 1_700_086_400]
    contract = derive(pd.DataFrame({"made_at": seconds, "price": seconds}), "", function="read_json")
    assert (contract.column("made_at").unit, contract.column("price").kind) == ("s", "number")
    found, _ = contract.apply({"made_at": [1_700_000_000], "price": [5]})
    assert found["made_at"].tolist() == [pd.Timestamp("2023-11-14 22:13:20")]


@pytest.mark.parametrize(
    ("pattern", "order"),
    [("%d/%m/%Y", "day"), ("%d.%m.%Y", "day"), ("%d/%m/%y %H:%M", "day"), ("%m/%d/%Y", "month"), ("%Y-%m-%d", "")],
)
def test_dates_in_text_are_read_in_the_tables_own_order(pattern, order):  # T10
    column = derive(pd.DataFrame({"x": DAYS.strftime(pattern)}), "")
    assert column.column("x").order == order
    assert read([pd.Timestamp("2023-09-03").strftime(pattern)], column) == [pd.Timestamp("2023-09-03")]


def test_an_iso_date_among_dates_with_the_day_first_is_not_turned_around():
    contract = derive(pd.DataFrame({"x": DAYS.strftime("%d/%m/%Y")}), "")
    assert read(["2023-03-09"], contract) == [pd.Timestamp("2023-03-09")]


@pytest.mark.parametrize("value", ["yesterday", "now", "2012-02-30", "07/08/2012", 5])
def test_a_date_that_is_read_in_no_known_way_is_refused(value):  # D3
    contract = derive(pd.DataFrame({"x": DAYS.strftime("%Y-%m-%d")}), "")
    with pytest.raises(DataError, match="Column 'x', row 1: .* cannot be read as a date such as .*. Correct it"):
        read([value], contract)


@pytest.mark.parametrize(
    "value", ["abc", "123,45", "True", True, "Infinity", "unknown amount", [1], {"a": 1}, np.timedelta64(1, "s")]
)
def test_a_value_that_is_no_number_is_refused_by_name_and_row(value):  # T4, D3
    contract = derive(pd.DataFrame({"x": [1.5, 2.5]}), "")
    line = "Column 'x', row 2: .* is not a number such as '12.5'. Correct it, or leave it empty."
    with pytest.raises(DataError, match=line):
        contract.apply([{"x": 1}, {"x": value}])


@pytest.mark.parametrize(
    ("known", "values", "line"),
    [
        ([True, False], ["yes"], "Column 'x', row 1: 'yes' is neither true nor false."),
        ([True, False], ["yes", 1, "no"], "Column 'x', row 1: 'yes' is neither true nor false (and 1 more row)."),
        ([1.5, 2.5], [1 + 2j], "row 1: '(1+2j)' is not a number such as '12.5'."),
        ([1.5, 2.5], [1e308, 1, -np.inf, 1e39], "row 1: 1e+308 is too large: the limit is 3.4e+38 (and 2 more rows)."),
        ([1.5, 2.5], ["a"] * 2000, "row 1: 'a' is not a number such as '12.5' (and 1,999 more rows)."),
        (pd.to_timedelta([1, 2]), ["soon"], "row 1: 'soon' cannot be read as a duration."),
    ],
)
def test_a_refusal_is_a_plain_sentence(known, values, line):
    contract = derive(pd.DataFrame({"x": known}), "")
    with pytest.raises(DataError) as error:
        read(values, contract)
    assert line in str(error.value)


def test_a_short_number_is_read_alone_as_beside_large_ones():
    contract = derive(pd.DataFrame({"x": np.array([0.1, 0.2], dtype="float16")}), "")
    assert read([0.1, 70_000], contract)[0] == read([0.1], contract)[0] == np.float16(0.1)
    assert read([0.1, 70_000], contract)[1] == 70_000


def test_spans_and_dates_beyond_nanoseconds_are_read():
    contract = derive(pd.DataFrame({"x": pd.to_timedelta([1, 2], unit="h")}), "")
    assert read(np.array([10**11], dtype="timedelta64[s]"), contract) == [1e11]
    assert read(np.array([np.timedelta64(10**11, "s")], dtype=object), contract) == [1e11]
    with pytest.raises(DataError, match="row 1: '400000-01-01' cannot be read as a date"):
        read(np.array(["400000-01-01"], dtype="datetime64[s]"), derive(pd.DataFrame({"x": DAYS}), ""))


MIDNIGHT = pd.Timestamp("2026-01-01")


@pytest.mark.parametrize(
    "known", [pd.Categorical([MIDNIGHT, MIDNIGHT]), [MIDNIGHT, "x"], pd.Categorical([MIDNIGHT.date(), "x"])]
)
@pytest.mark.parametrize(
    "value",
    [MIDNIGHT, MIDNIGHT.date(), MIDNIGHT.to_pydatetime(), MIDNIGHT.to_numpy(), "2026-01-01", "2026-01-01 00:00:00",
     "2026-01-01T00:00:00.000"],
)  # fmt: skip
def test_midnight_among_texts_is_one_category_however_it_is_written(known, value):
    contract = derive(pd.DataFrame({"x": pd.Series(known)}), "")
    assert read(pd.Series([value], dtype=object), contract) == ["2026-01-01"]


def test_dates_among_texts_keep_their_time_and_their_instant():
    zoned = MIDNIGHT.tz_localize("Asia/Tokyo")
    contract = derive(pd.DataFrame({"x": pd.Series([zoned, "x"])}), "")
    assert read([zoned, zoned.tz_convert("UTC"), str(zoned)], contract) == ["2025-12-31 15:00:00+00:00"] * 3
    assert read([pd.Timestamp("2026-01-01 05:00"), "x"], contract) == ["2026-01-01 05:00:00", "x"]


def test_decimal_commas_are_read_where_the_file_had_them():
    contract = derive(pd.DataFrame({"x": [1.5, 2.5]}), "", function="read_csv", options={"sep": ";", "decimal": ","})
    assert read(["123,45"], contract) == [123.45]


def test_marks_and_infinities_that_the_table_had_are_missing():
    contract = derive(pd.DataFrame({"x": [*["1"] * 20, "?"], "y": [*[1.0] * 20, np.inf]}), "")
    found, _ = contract.apply({"x": ["?", None, "3"], "y": [np.inf, 1e39, 2]})
    assert found["x"].isna().tolist() == [True, True, False]
    assert found["y"].isna().tolist() == [True, True, False]


@pytest.mark.parametrize("value", [1, 1.0, "1", "1.0", np.float32(1)])
def test_a_number_among_texts_is_the_same_category_however_it_comes(value):  # T1, T3
    contract = derive(pd.DataFrame({"x": [1, "R", 2.5, None]}), "")
    assert read([value], contract) == ["1"]
    assert read([None, value], contract)[1] == "1"


def test_a_category_that_is_empty_or_has_digits_only_in_new_rows():  # T3
    contract = derive(pd.DataFrame({"x": ["10", "X1", "20"]}), "")
    assert pd.isna(read([np.nan, np.nan], contract)).all()
    assert read([10, 20], contract) == ["10", "20"]
    assert read(pd.array(["10", None], dtype="string"), contract)[0] == "10"


@pytest.mark.parametrize("dtype", ["string", "boolean", "Int64", "Float64"])
def test_gaps_of_nullable_types_are_plain_gaps(dtype):  # T6
    values = {
        "string": ["a", "b", None],
        "boolean": [True, False, None],
        "Int64": [1, 2, None],
        "Float64": [1.5, 2, None],
    }
    frame = pd.DataFrame({"x": pd.array(values[dtype], dtype=dtype)})
    found = derive(frame, "").apply(frame)[0]["x"]
    assert found.isna().tolist() == [False, False, True]
    assert found.iloc[2] is not pd.NA


def test_names_of_any_type_are_text_in_training_and_prediction():  # T1
    frame = pd.DataFrame({0: np.arange(40.0), ("a", "b"): [1, 2] * 20, "y": ["u", "v"] * 20})
    task = make_dataset(read_table(frame), "y").task
    assert task.contract.names == ["0", "a_b"]
    assert task.contract.apply(frame)[0].shape == (40, 2)


def test_a_contract_survives_json():
    frame = pd.DataFrame({"d": DAYS.strftime("%d/%m/%Y"), "n": ["1", "?"] + ["2"] * 58, "t": ["a", "b"] * 30})
    contract = derive(frame, "", function="read_csv", options={"sep": ";"})
    contract = with_seen(contract, contract.apply(frame)[0])
    assert Contract.from_dict(json.loads(to_json(contract))) == contract
    assert "day first" in repr(contract)
    assert "<table" in contract._repr_html_()


def test_what_was_seen_says_no_text_of_a_single_row():
    frame = pd.DataFrame({"memo": [f"letter of person {i}" for i in range(60)], "plan": ["a", "b", "b"] * 20})
    contract = derive(frame, "")
    contract = with_seen(contract, contract.apply(frame)[0])
    assert contract.column("memo").typical is None
    assert (contract.column("plan").typical, contract.column("plan").categories) == ("b", ("a", "b"))


def test_a_category_that_was_not_seen_is_named_beside_those_that_were():
    frame = pd.DataFrame({"city": ["Rom", "Bonn", "Ulm", None] * 10, "y": [0, 1] * 20})
    contract = derive(frame, "y")
    contract = with_seen(contract, contract.read_known(frame)[0])
    rows = [{"city": city} for city in ("Bonn", "Roma", None, "Roma", "Kiel")]
    found, notices = contract.apply(rows)
    assert found["city"].tolist()[:2] == ["Bonn", "Roma"]
    assert notices == [
        "Column 'city', row 2: 'Roma' was not in the rows that were learned from (and 2 more rows). Known are 'Bonn', "
        "'Rom', 'Ulm'."
    ]
    assert contract.apply(rows[:1])[1] == []
    many = pd.DataFrame({"city": [f"c{i % 60}" for i in range(120)], "y": 0})
    contract = derive(many, "y")
    assert with_seen(contract, contract.read_known(many)[0]).apply([{"city": "other"}])[1] == []


def test_a_rare_category_of_a_large_table_was_seen():
    frame = pd.DataFrame({"city": ["Rom"] * 400_000})
    frame.loc[1, "city"] = "Ulm"
    contract = with_seen(derive(frame, "y"), frame)
    assert contract.columns[0].categories == ("Rom", "Ulm")


def test_the_test_table_is_read_by_the_contract_of_the_table():
    frame = pd.DataFrame({"x": np.arange(40.0), "kind": ["a", "b"] * 20, "y": ["u", "v"] * 20})
    test = pd.DataFrame({"y": ["u", "v", "u"], "kind": [np.nan] * 3, "x": ["1", "abc", "3"]})
    dataset = make_dataset(read_table(frame), "y", test=test)
    rows = dataset.holdout.open("test")
    assert (rows.X.dtypes == dataset.development.X.dtypes).all()
    assert rows.X["x"].tolist()[::2] == [1.0, 3.0]
    assert "The test table: x: 'abc' and the like cannot be read as a number: missing in 1 row." in dataset.task.notices


def test_the_test_table_may_lack_what_new_rows_may_lack():
    n = np.arange(60)
    frame = pd.DataFrame({"id": [f"c{i}" for i in n], "one": 1, "no": None, "x": n * 1.5, "shop": n % 7, "y": n % 2})
    test = frame[["x", "y"]].head(9)
    dataset = make_dataset(read_table(frame), "y", group="shop", test=test)
    assert dataset.holdout.open("test").X["x"].tolist() == test["x"].tolist()
    with pytest.raises(DataError, match="The test table 'test' has no column 'y'. Name a table that has it."):
        make_dataset(read_table(frame), "y", test=frame.drop(columns="y"))
    with pytest.raises(DataError, match="The test table 'test' has no column 'shop'"):
        make_dataset(read_table(frame), "y", time="shop", test=test)


def test_complex_numbers_are_refused():
    with pytest.raises(DataError, match="^The column 'x' has complex numbers\\. Give their parts as two columns\\.$"):
        column_of([1 + 2j, 2.0])


ZONED = ["2024-01-01T10:00:00+05:00", "2024-01-01 10:00+05", "2024-01-01T05:00:00Z", pd.Timestamp(0, tz="Asia/Tokyo")]


@pytest.mark.parametrize("known", [DAYS, DAYS.strftime("%Y-%m-%d %H:%M"), DAYS.to_period("D")])
@pytest.mark.parametrize("value", ZONED)
def test_a_time_zone_is_refused_where_the_table_had_local_times(known, value):
    contract = derive(pd.DataFrame({"x": known}), "")
    for values in ([value], pd.Series([value, None]), pd.to_datetime([value])):
        with pytest.raises(
            DataError,
            match="row 1: .* has a time zone, and the table's times had none. Give the local time, without a zone.",
        ):
            read(values, contract)


@pytest.mark.parametrize("rows", [{"x": True}, {"x": [None, False]}, pd.DataFrame({"x": [True, False]})])
def test_a_boolean_is_no_date(rows):
    contract = derive(pd.DataFrame({"x": DAYS.strftime("%Y-%m-%d")}), "")
    line = f"^Column 'x', row [12]: '(True|False)' cannot be read as a date such as '{DAYS[0]:%Y-%m-%d}'"
    with pytest.raises(DataError, match=line):
        contract.apply(rows)


def test_a_time_without_a_zone_is_said_where_the_table_had_zones():
    contract = derive(pd.DataFrame({"x": DAYS.tz_localize("Asia/Tokyo")}), "")
    for values in (["2024-01-01 10:00"], [pd.Timestamp("2024-01-01 10:00")], pd.to_datetime(["2024-01-01 10:00"])):
        found, notices = contract.apply(pd.DataFrame({"x": values}, index=["r"]))
        assert found["x"].tolist() == [pd.Timestamp("2024-01-01 10:00", tz="UTC")]
        assert notices == [notices[0]]
        assert notices[0].startswith("Column 'x', row 1: '2024-01-01 10:00")
        assert notices[0].endswith("' has no time zone. It is taken as UTC.")
    for values in (ZONED[:3], [None], [ZONED[3]]):
        assert contract.apply({"x": values})[1] == []


CODED = pd.DataFrame({"code": ["01", "02", "A3"], "flag": ["true", "false", "unknown"], "ver": ["1.0", "2.0", "beta"]})


@pytest.mark.parametrize(
    "rows", [{"code": 1, "flag": True, "ver": 1.0}, {"code": [1.0, None], "flag": [True, None], "ver": [1, None]}]
)
def test_a_number_or_boolean_among_texts_is_the_text_that_was_seen(rows):
    frame = CODED.loc[CODED.index.repeat(20)]
    contract = Contract.from_dict(derive(frame, "").how_to_read())
    for way in (rows, pd.DataFrame(rows, index=[0, 1][: 1 + isinstance(rows["code"], list)])):
        found, notices = contract.apply(way)
        assert (found.iloc[0].to_dict(), notices) == ({"code": "01", "flag": "true", "ver": "1.0"}, [])


@pytest.mark.parametrize(
    ("texts", "value", "read_as"),
    [
        ([*(f"{i:05}" for i in range(0, 90_000, 900)), "x"], 900, "00900"),
        ([*(f"{i / 2:.2f}" for i in range(100)), *"abcdefghijklmnop"], 1.5, "1.50"),
        ([*(str(i / 4) for i in range(100)), *"abcdefghijklmnop"], 2, "2.0"),
        ([*(str(i) for i in range(100)), *"abcdefghijklmnop"], 7.0, "7"),
    ],
)
def test_a_number_among_many_texts_is_spelled_as_they_are(texts, value, read_as):
    contract = derive(pd.DataFrame({"x": texts}), "")
    assert contract.apply({"x": value})[0]["x"].tolist() == [read_as]
    assert len(contract.column("x").spelling) <= 2


@pytest.mark.parametrize(("value", "line"), [(1, "may be '01' or '1'"), (7, "is not among the texts of the table")])
def test_a_number_that_no_single_text_stands_for_is_said(value, line):
    contract = derive(pd.DataFrame({"x": ["01", "1", "x"]}), "")
    assert contract.apply({"x": [None, value]})[1] == [
        f"Column 'x', row 2: {value} {line}. Give it as text, as the table has it."
    ]
    assert contract.apply({"x": "7"})[1] == []
