"""What comes first in the dates of a table, and what is said of it."""

import datetime

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlestar_jupyter.core.rows import RowsError
from mlestar_jupyter.data.reading import read_table
from mlestar_jupyter.errors import DataError
from mlestar_jupyter.modalities.date_numbers import unit_of
from mlestar_jupyter.modalities.derivation import derived
from mlestar_jupyter.modalities.registry import role_named
from mlestar_jupyter.problems.recognition import make_dataset

RANDOM = np.random.default_rng(0)
DAYS = pd.DatetimeIndex(pd.Timestamp("2023-01-01") + pd.to_timedelta(RANDOM.integers(0, 365, 300), unit="D"))
SMALL = DAYS[DAYS.day <= 12]


def read(frame, **how):
    """Read a table; also what is said of it."""
    found = derived(pd.DataFrame(frame), "", **how)
    return found.contract.read_known(pd.DataFrame(frame).assign(**{"": 1}))[0], list(found.notices)


@pytest.mark.parametrize(
    ("pattern", "order"),
    [
        ("%d/%m/%Y", "day"),
        ("%d.%m.%y", "day"),
        ("%d-%m-%Y %H:%M", "day"),
        ("%m/%d/%Y", "month"),
        ("%a %m/%d/%y", "month"),
    ],
)
def test_a_part_above_twelve_shows_the_order_in_one_row_of_many(pattern, order):  # T10
    texts = list(SMALL.strftime(pattern)) * 900 + [pd.Timestamp("2023-08-21").strftime(pattern)] * 1
    found, notices = read({"when": texts})
    assert (found["when"] == [*list(SMALL) * 900, pd.Timestamp("2023-08-21")]).all()
    example, shown = texts[0], texts[-1]
    assert notices == [
        f"when: the {order} comes first in dates such as {example!r}, since {shown!r} can be read in no other way."
    ]


AMBIGUOUS = SMALL.strftime("%d/%m/%Y")
EXAMPLE = f"in dates such as {AMBIGUOUS[0]!r}"


@pytest.mark.parametrize(
    ("others", "how", "line"),
    [
        (
            {"due": DAYS[: len(SMALL)].strftime("%d/%m/%Y")},
            {},
            f"when: the day is read first {EXAMPLE}, since so it is in due. If the month comes first, add --dayfirst false.",
        ),
        (
            {},
            {"options": {"sep": ";"}},
            f"when: the day is read first {EXAMPLE}, since the table has semicolons between columns. If the month comes "
            "first, add --dayfirst false.",
        ),
        (
            {},
            {"options": {"sep": ";", "decimal": ","}},
            f"when: the day is read first {EXAMPLE}, since the table has decimal commas. If the month comes first, add "
            "--dayfirst false.",
        ),
        ({}, {"dayfirst": True}, f"when: the day comes first {EXAMPLE}, as set."),
    ],
)
def test_the_rest_of_the_table_or_the_option_settles_what_a_column_does_not_show(others, how, line):
    found, notices = read({"when": AMBIGUOUS, **others}, **how)
    assert (found["when"] == SMALL).all()
    assert line in notices


def test_a_name_in_another_language_and_points_suggest_the_day():
    for name, texts in (("Datum", AMBIGUOUS), ("when", SMALL.strftime("%d.%m.%Y"))):
        found, notices = read({name: texts})
        assert (found[name] == SMALL).all()
        assert notices[0].endswith("If the month comes first, add --dayfirst false.")


def test_the_sequence_of_the_rows_shows_the_order():
    for days in (SMALL.sort_values(), SMALL.sort_values()[::-1]):
        texts = days.strftime("%d/%m/%Y")
        found, notices = read({"when": texts})
        assert (found["when"] == days).all()
        example = next(text for text in texts if text[:2] != text[3:5])
        assert notices == [
            f"when: the day is read first in dates such as {example!r}, since only so are the rows in order. "
            "If the month comes first, add --dayfirst false."
        ]
        assert (read({"when": texts}, dayfirst=False)[0]["when"] == pd.to_datetime(texts, format="%m/%d/%Y")).all()
    months = pd.date_range("2020-01-01", periods=30, freq="MS")[::-1].repeat(2)[RANDOM.permutation(60)]
    assert (read({"when": months.strftime("%d/%m/%Y")})[0]["when"] == months).all()


def test_where_nothing_shows_the_order_a_notice_names_the_option():
    found, notices = read({"when": AMBIGUOUS})
    assert (found["when"] == pd.to_datetime(AMBIGUOUS, format="%m/%d/%Y")).all()
    assert notices == [
        f"when: nothing shows whether day or month comes first {EXAMPLE}: the month is read first. "
        "If the day comes first, add --dayfirst."
    ]


def test_the_dates_themselves_go_before_the_option_and_it_is_said():
    found, notices = read({"when": DAYS.strftime("%d/%m/%Y")}, dayfirst=False)
    assert (found["when"] == DAYS).all()
    shown = next(text for text in DAYS.strftime("%d/%m/%Y") if text > "13")
    assert notices[1] == f"when: --dayfirst false is not followed, since {shown!r} can be read in no other way."


def test_a_column_that_contradicts_itself_is_counted_or_left_alone():
    texts = [*DAYS.strftime("%d/%m/%Y"), *["12/31/2023"] * 3]
    found, notices = read({"when": texts})
    assert found["when"].isna().tolist() == [False] * 300 + [True] * 3
    assert notices == [
        "when: the day comes first, but the month in 3 rows such as '12/31/2023': they count as missing. Write all alike."
    ]
    both = {"when": [*DAYS[:100].strftime("%d/%m/%Y"), *DAYS[100:180].strftime("%m/%d/%Y")]}
    found, notices = read(both)
    assert found["when"].tolist() == both["when"]
    n_day, n_month = sum(DAYS[:100].day > 12), sum(DAYS[100:180].day > 12)
    day, month = (next(t for t in both["when"] if t.split("/")[part] > "12") for part in (0, 1))
    assert notices == [
        f"when: the day comes first in {n_day} rows such as {day!r}, the month in {n_month} rows such as {month!r}: "
        "it is not read as dates. Write all alike, or add --dayfirst or --dayfirst false to read one kind."
    ]
    found, notices = read(both, dayfirst=True)
    assert (found["when"][:100] == DAYS[:100]).all()
    assert "they count as missing" in notices[0]


@pytest.mark.parametrize("years", [1, 3, 12, 22])
def test_a_year_of_two_digits_may_come_first(years):
    days = DAYS + pd.to_timedelta(RANDOM.integers(0, years, 300) * 365, unit="D")
    assert (read({"when": days.strftime("%y-%m-%d")})[0]["when"] == days).all()
    assert (read({"when": days.strftime("%d-%m-%y")})[0]["when"] == days).all()
    assert (read({"when": days.strftime("%d-%m-%y")}, dayfirst=True)[0]["when"] == days).all()


@pytest.mark.parametrize("time", ["", " %H:%M:%S", "T%H:%M", " %H:%M:%S.%f", " %H:%M:%S+00:00", " %I:%M %p"])
@pytest.mark.parametrize(("span", "date"), [(20, "%y-%m-%d"), (8, "%y/%m/%d"), (20, "%d-%m-%y"), (28, "%d.%m.%y")])
def test_times_of_day_do_not_hide_which_number_is_the_year(span, date, time):
    seconds = RANDOM.integers(0, span * 86_400, 200)
    moments = pd.Timestamp("2023-03-13") + pd.to_timedelta(seconds // 60 * 60, unit="s")
    found = pd.to_datetime(read({"when": moments.strftime(date + time)})[0]["when"], utc=True)
    assert (found.dt.tz_localize(None) == (moments if time else moments.normalize())).all()


def test_where_the_year_may_as_well_be_first_it_is_said():
    said = [line for line in read({"when": ["18-03-19", "19-04-18", "20-05-20", "18-06-20"] * 10})[1] if "year" in line]
    assert said == [
        "when: the last number is read as the year in dates such as '18-03-19'. If the year comes first, write it with "
        "four digits."
    ]
    assert not any("year" in line for line in read({"when": DAYS.strftime("%d-%m-%y")})[1])


def test_a_year_that_comes_first_is_said_with_what_shows_it():
    said = read({"when": DAYS.strftime("%y-%m-%d")})[1][0]
    assert said.endswith("since the last number varies as days do. If the day comes first, add --dayfirst.")
    old = DAYS - pd.DateOffset(years=40)
    found, notices = read({"when": old.strftime("%y-%m-%d")}, dayfirst=True)
    assert (found["when"] == old).all()
    assert notices[0].endswith(" can be read in no other way.")


def test_births_of_two_digits_are_of_one_span_of_years():
    days = pd.DatetimeIndex(pd.Timestamp("1941-01-01") + pd.to_timedelta(RANDOM.integers(0, 22_000, 300), unit="D"))
    found, notices = read({"born": days.strftime("%d/%m/%y")})
    assert (found["born"] == days).all()
    assert notices[1] == (
        f"born: years of two digits are read as {days.year.min()} to {days.year.max()}. "
        "Write them with four digits if they are others."
    )


STAMPS = list(DAYS[:78])


@pytest.mark.parametrize(
    ("values", "days", "said"),
    [
        (
            [*STAMPS, *["unknown"] * 9],
            [*STAMPS, *[pd.NaT] * 9],
            "when: 'unknown' cannot be read as a date: missing in 9 rows. "
            "To keep such texts, add --role when=category.",
        ),
        (
            [*(day.date() for day in STAMPS), 5, None],
            [*STAMPS, pd.NaT, pd.NaT],
            "when: '5' cannot be read as a date: missing in 1 row. To keep such texts, add --role when=category.",
        ),
        (
            [*(day.to_pydatetime() for day in STAMPS), "31/12/2023", "03/09/2023"],
            [*STAMPS, pd.Timestamp("2023-12-31"), pd.Timestamp("2023-09-03")],
            "when: the day comes first in dates such as '03/09/2023', since '31/12/2023' can be read in no other way.",
        ),
    ],
    ids=["a word", "a number", "dates in text"],
)
def test_dates_as_cells_have_them_beside_others_are_read_as_text_is(values, days, said):
    frame = pd.DataFrame({"when": pd.Series(values, dtype=object)})
    found, notices = read(frame)
    assert list(found["when"].fillna(pd.Timestamp(0))) == list(pd.Series(days).fillna(pd.Timestamp(0)))
    assert notices == [said]
    contract = derived(frame, "").contract
    rows, _ = contract.read([{"when": value} for value in values])
    pd.testing.assert_frame_equal(rows, found[["when"]])


@pytest.mark.parametrize(("ahead", "is_said"), [(543, True), (-579, True), (0, False)])
def test_years_of_another_calendar_are_pointed_out(ahead, is_said):
    texts = [f"{day.year + ahead}-{day.month:02}-{min(day.day, 28):02}" for day in DAYS]
    notices = read({"when": texts})[1]
    line = (
        f"when: the years are {2023 + ahead} to {2023 + ahead}. If they are of another calendar, such as the Buddhist or "
        "the Islamic one, convert them."
    )
    assert notices == ([line] if is_said else [])


@pytest.mark.parametrize(
    "days",
    [
        ["1900-01-01", "9999-12-31"],
        ["0001-01-01", "9999-12-31"],
        [datetime.date.min, datetime.date.max],
        [datetime.datetime.min, datetime.datetime(9999, 12, 31)],
    ],
)
def test_days_without_an_end_are_of_no_other_calendar(days):  # as SAP writes from when and until when
    found, notices = read({"when": pd.Series(days * 30, dtype=object)})
    assert (found["when"].astype(str) == [str(day)[:10] for day in days * 30]).all()
    assert notices == []


def test_what_counts_as_missing_says_nothing_of_the_calendar():
    found, notices = read({"when": [*DAYS[:30].strftime("%Y-%m-%d"), *["9999-12-31"] * 120]})
    assert found["when"].notna().sum() == 30
    assert notices == ["when: 9999-12-31 is far from all other dates: in 120 rows it counts as missing."]


@pytest.mark.parametrize(("form", "wrong"), [("%d.%m.%Y", "12/31/2023"), ("%m/%d/%Y", "31.12.2023")])
def test_a_date_in_another_order_is_refused_beside_one_of_the_column(form, wrong):
    contract = derived(pd.DataFrame({"when": DAYS.strftime(form)}), "").contract
    shown = next(day.strftime(form) for day in DAYS if day.day > 12)
    with pytest.raises(RowsError) as caught:
        contract.read([{"when": wrong}])
    assert str(caught.value) == (
        f"Column 'when', row 1: {wrong!r} cannot be read as a date such as {shown!r}. Correct it, or leave it empty."
    )


def test_few_dates_among_names_stay_names():
    values = [*["Anna", "Bert", "Carl"] * 9, *STAMPS[:3]]
    assert derived(pd.DataFrame({"who": pd.Series(values, dtype=object)}), "").contract.columns[0].kind == "text"


def test_what_is_no_date_is_missing_up_to_one_half_and_counted():  # T12
    texts = [
        *["unknown"] * 60,
        *["0000-00-00"] * 20,
        *["n/a"] * 30,
        *DAYS[:150].strftime("%d/%m/%Y"),
        *["01/01/1900"] * 20,
    ]
    found, notices = read({"when": texts})
    assert found["when"].notna().sum() == 150
    assert notices[1:] == [
        "when: 'unknown', 'n/a', '0000-00-00' cannot be read as a date: missing in 110 rows. To keep such texts, "
        "add --role when=category.",
        "when: 1900-01-01 is far from all other dates: in 20 rows it counts as missing.",
    ]


@pytest.mark.parametrize("far", ["1900-01-01", "9999-12-31"])
def test_a_day_far_from_all_others_stands_for_missing_in_a_column_of_dates_too(far):
    found, notices = read({"when": [*DAYS[:150].astype("datetime64[us]"), *[pd.Timestamp(far)] * 20]})
    assert found["when"].notna().sum() == 150
    assert notices == [f"when: {far} is far from all other dates: in 20 rows it counts as missing."]
    old = [*pd.date_range("1890-01-01", "1910-01-01", freq="30D"), *[pd.Timestamp("1900-01-01")] * 3]
    assert read({"when": old})[0]["when"].notna().all()


DIGITS = DAYS.strftime("%Y%m%d")
SECONDS = ((DAYS - pd.Timestamp(0)) // pd.Timedelta("1s")).to_numpy()
EXCEL = (DAYS - pd.Timestamp("1899-12-30")).days


@pytest.mark.parametrize(
    ("name", "values"),
    [("n", DIGITS.astype(int)), ("n", DIGITS.astype(float)), ("n", DIGITS), ("date", EXCEL), ("created_at", SECONDS),
     ("unixTimestamp", SECONDS * 1000)],
)  # fmt: skip
def test_numbers_that_are_dates_by_their_digits_or_by_their_name_are_read_and_it_is_said(name, values):
    found, notices = read({name: values})
    assert (found[name] == DAYS).all()
    assert notices == [
        f"{name}: numbers such as {values[0]:.0f} are read as dates ({DAYS[0]:%Y-%m-%d}). Add --role {name}=number to keep "
        "numbers."
        if not isinstance(values[0], str)
        else f"{name}: numbers such as {values[0]} are read as dates ({DAYS[0]:%Y-%m-%d}). Add --role {name}=number to "
        "keep numbers."
    ]


@pytest.mark.parametrize(
    ("name", "values"),
    [("price", RANDOM.integers(19_000_000, 21_000_000, 300)), ("pin", RANDOM.integers(180_000, 220_000, 300)),
     ("days", EXCEL), ("x", EXCEL), ("x", SECONDS), ("time", np.arange(300)), ("date_id", EXCEL), ("year", DAYS.year),
     ("timestamp", np.array([])), ("x", np.array([20230101.0] * 9))],
)  # fmt: skip
def test_other_numbers_stay_numbers(name, values):
    assert unit_of(name, np.asarray(values, dtype=float)) == ""


def test_seasons_and_numbers_with_words_are_no_dates():
    for texts in (["2009/10", "2010/11", "2011/12"], ["room 12", "3 of 5", "may be 3"]):
        assert read({"x": texts * 20})[0]["x"].tolist() == texts * 20


LOCALES = {
    "ISO": "%Y-%m-%d", "American": "%m/%d/%Y", "British": "%d/%m/%Y", "German": "%d.%m.%Y", "Dutch": "%d-%m-%Y",
    "two digits": "%d/%m/%y", "American time": "%m/%d/%Y %I:%M %p", "German time": "%d.%m.%Y %H:%M:%S",
    "named": "%d %b %Y", "American named": "%B %d, %Y", "compact": "%Y%m%d", "Japanese": "%Y/%m/%d", "SAS": "%d%b%Y",
}  # fmt: skip


@settings(deadline=None, derandomize=True, max_examples=100, database=None)
@given(
    locale=st.sampled_from(sorted(LOCALES)),
    dates=st.lists(
        st.dates(pd.Timestamp("1985-01-01").date(), pd.Timestamp("2040-01-01").date()),
        min_size=8,
        max_size=60,
        unique=True,
    ),
)
def test_a_column_of_any_locale_is_read_to_the_same_days_or_the_doubt_is_said(locale, dates):
    days = pd.DatetimeIndex(dates)
    texts = {"x": days.strftime(LOCALES[locale])}
    found, notices = read(texts)
    if not (found["x"] == days).all():
        assert any("--dayfirst" in notice for notice in notices)
        found, _ = read(texts, dayfirst=not locale.startswith("American"))
    assert (found["x"] == days).all()


def task_of(at, **how):
    frame = pd.DataFrame({"at": at, "x": np.arange(len(at), dtype=float)})
    return make_dataset(read_table(frame.assign(y=frame["x"] // 7 % 2)), "y", time="at", **how)


@pytest.mark.parametrize(
    ("at", "first", "last"),
    [
        (list(SMALL.strftime("%d/%m/%Y")), None, None),
        (pd.Categorical(SMALL.strftime("%d.%m.%Y")), None, None),
        (["Jan", "Feb", "Mar", "Apr"] * 15, pd.Timestamp("2000-01-01"), pd.Timestamp("2000-04-01")),
        (["Okt 2022", "Mär 2023", "Jan 2024"] * 15, pd.Timestamp("2022-10-01"), pd.Timestamp("2024-01-01")),
        ([2019, 2021, 2020] * 15, 2019, 2021),
        (["2011/12", "2009/10", "2010/11"] * 15, "2009/10", "2011/12"),
    ],
)
def test_the_time_column_is_read_as_every_other_and_orders_the_rows(at, first, last):  # T10
    times = task_of(at, dayfirst=True, test=0).development.X["at"]
    assert times.is_monotonic_increasing
    assert [times.iloc[0], times.iloc[-1]] == [first or SMALL.min(), last or SMALL.max()]


def test_an_ambiguous_time_column_has_its_notice_and_what_has_no_time_is_counted():
    notices = task_of([*SMALL.strftime("%d/%m/%Y"), "unknown", "unknown"]).task.notices
    assert f"at: nothing shows whether day or month comes first {EXAMPLE}: the month is read first. " in notices[0]
    assert set(notices[1:]) >= {
        "at: 'unknown' cannot be read as a date: missing in 2 rows. To keep such texts, add --role at=category.",
        "2 rows without a value of at left out.",
        "Dates stored as text: at. They are read as dates.",
    }


@pytest.mark.parametrize("values", [[None] * 300, [""] * 300, [float("nan")] * 300])
def test_a_time_column_without_a_value_is_named(values):
    with pytest.raises(DataError) as caught:
        task_of(values)
    assert str(caught.value) == (
        "The time column 'at' has no value in any row. Name another column, or leave --time out."
    )


def test_rows_that_lack_a_time_are_the_cause_where_too_few_are_left():
    with pytest.raises(DataError) as caught:
        task_of([*SMALL[:5], *[None] * 30])
    assert str(caught.value) == (
        "The table 'table' has 5 rows to learn from; at least 10 are needed. "
        "Give a table with more rows that have a target and a value of at."
    )


@pytest.mark.parametrize(("mark", "where"), [(-999, "first"), (9999999, "last")])
def test_rows_with_a_mark_for_a_time_say_where_they_come(mark, where):
    task = task_of([mark if k % 10 == 0 else k for k in range(300)], test=0).task
    assert (
        f"at: 30 rows with {mark}, far from all other values, come {where} in time. Where that stands for missing, leave "
        "the cells empty: such rows are left out."
    ) in task.notices
    assert not any("cleaning block" in notice for notice in task.notices)


def test_numbers_that_a_file_keeps_as_text_are_said_to_be_numbers(tmp_path):
    stamps = [1_700_000_000_000_000_000 + k * 86_400_000_000_000 for k in range(40)]
    pd.DataFrame({"timestamp": stamps, "y": [0, 1] * 20}).to_csv(tmp_path / "t.csv", index=False)
    notices = make_dataset(read_table(tmp_path / "t.csv"), "y", test=0).task.notices
    assert not any("stored as text" in notice for notice in notices)
    assert (
        "timestamp: numbers such as 1700000000000000000 are read as dates (2023-11-14). "
        "Add --role timestamp=number to keep numbers."
    ) in notices


def test_a_time_column_that_is_none_is_refused_by_row_and_value():
    with pytest.raises(
        DataError, match="Time column 'at', row 3: 'soon' cannot be read as a date. Correct it, or leave"
    ):
        task_of(["03/09/2023", "Jan 2023", *["soon", "later", "never", "now", "x", "z"] * 8])


def test_dates_of_a_test_table_in_the_other_order_are_pointed_out():
    table = pd.DataFrame({"when": DAYS.strftime("%d/%m/%Y"), "size": RANDOM.normal(size=300), "y": ["no", "yes"] * 150})
    turned, few = table.assign(when=DAYS.strftime("%m/%d/%Y")), table.copy()
    few.loc[few.index[DAYS.day > 12][:2], "when"] = "01/31/2023"
    turned.loc[0, "when"] = "soon"
    is_read = np.arange(300) > 0
    against, doubtful = DAYS[(DAYS.day > 12) & is_read], DAYS[(DAYS.day <= 12) & (DAYS.day != DAYS.month) & is_read]
    example, other = against[0].strftime("%m/%d/%Y"), doubtful[0].strftime("%m/%d/%Y")
    assert [
        n for n in make_dataset(read_table(table), "y", test=turned).task.notices if n.startswith("The test table")
    ] == [
        f"The test table: when: the day comes first, but the month in {len(against)} rows such as {example!r}: they "
        f"count as missing, and {len(doubtful)} rows such as {other!r} may be read as other days. Write all alike.",
        "The test table: when: 'soon' and the like cannot be read as a date: missing in 1 row.",
    ]
    assert (
        "The test table: when: the day comes first, but the month in 2 rows such as '01/31/2023': they count as missing. "
        "Write all alike."
    ) in make_dataset(read_table(table), "y", test=few).task.notices


def test_times_without_a_zone_among_those_with_one_are_counted():
    times = [f"2023-01-{1 + k % 28:02d}T10:00:00" + ("+02:00" if k % 3 else "") for k in range(60)]
    frame, notices = read({"d": times})
    assert str(frame["d"].iloc[0]) == "2023-01-01 10:00:00+00:00"
    assert notices[0] == (
        "d: '2023-01-01T10:00:00' and the like have no time zone, as others have, and are taken as UTC: 20 rows. Write the "
        "zone where that is wrong."
    )
    assert read({"d": [t + "Z" for t in times if "+" not in t] * 3})[1] == []


@pytest.mark.parametrize(
    ("write", "unit"),
    [
        (lambda d: int(d.strftime("%Y%m%d")), "ymd"),
        (lambda d: int(d.timestamp()), "s"),
        (lambda d: int(d.timestamp()) * 1000, "ms"),
        (lambda d: (d - pd.Timestamp("1899-12-30")).days, "excel"),
    ],
)
def test_numbers_are_dates_where_the_role_says_so_whatever_the_name(write, unit):
    role = role_named("date")
    found = derived(pd.DataFrame({"v": [write(d) for d in DAYS]}), "", asked={"v": role}).contract
    assert found.columns[0].unit == unit
    assert found.apply(pd.DataFrame({"v": [write(d) for d in DAYS]}))[0]["v"].tolist() == DAYS.tolist()


def test_years_alone_are_no_dates_for_the_role_either():
    with pytest.raises(
        DataError, match=r"^The column 'v' cannot be read as a date: see '1990'\. Leave out --role v=date"
    ):
        derived(pd.DataFrame({"v": range(1990, 2020)}), "", asked={"v": role_named("date")})
