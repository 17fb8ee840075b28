"""Rows of sums are pointed out, and nothing else is taken for one."""

import numpy as np
import pandas as pd
import pytest

from mlestar_jupyter.data.reading import read_table
from mlestar_jupyter.data.sums import sums_notice
from mlestar_jupyter.problems.recognition import make_dataset

pytestmark = pytest.mark.fast

SIZE = 30
PLAIN = pd.DataFrame(
    {"region": np.repeat(["North", "South", "West"], SIZE // 3), "x": np.arange(SIZE) % 7, "y": np.arange(SIZE) * 1.5}
)


def with_sums(word="{} Total", last="Grand Total"):
    parts = []
    for region, part in PLAIN.groupby("region"):
        sums = pd.DataFrame([{"region": word.format(region), "x": part["x"].sum(), "y": part["y"].sum()}])
        parts += [part, sums] if word else [part]
    whole = [{"region": last, "x": PLAIN["x"].sum(), "y": PLAIN["y"].sum()}] if last else []
    return pd.concat([*parts, pd.DataFrame(whole)], ignore_index=True)


def said(frame):
    return sums_notice(frame, np.full(len(frame), True))


@pytest.mark.parametrize(
    ("word", "last", "rows"),
    [
        ("{} Total", "Grand Total", "4 rows"),
        ("Subtotal", "Total", "4 rows"),
        ("Summe {}", "Gesamtergebnis", "4 rows"),
        ("{} Total", "", "3 rows"),
        ("", "Grand Total", "1 row"),
        ("", "Total of all", "1 row"),
    ],
)
@pytest.mark.parametrize("ending", ["csv", "jsonl", ""])
def test_rows_of_sums_are_pointed_out(tmp_path, word, last, rows, ending):
    frame = with_sums(word, last)
    path = tmp_path / f"t.{ending}"
    match ending:
        case "csv":
            frame.to_csv(path, index=False)
        case "jsonl":
            frame.to_json(path, orient="records", lines=True)
    table = read_table(path if ending else frame)
    text = frame["region"].iloc[-1]
    line = f"Rows that look like sums (region: {text!r}; {rows}) are used like the others: delete them."
    assert said(table.frame) == [line]
    assert len(table.frame) == len(frame)


@pytest.mark.parametrize(
    "last",
    [["Total", "Part"] * (SIZE // 2), [f"Film {k}" for k in range(SIZE - 1)] + ["Total Recall"], ["Dim Sum", "Tee"] * (SIZE // 2)],
)  # fmt: skip
def test_a_word_alone_is_no_sum(last):
    assert said(PLAIN.assign(kind=last).iloc[::-1].assign(kind=last)) == []


def test_lists_beside_a_word_for_sums_are_no_hindrance():
    values = pd.Series([*([k] for k in range(SIZE - 1)), "Total"], dtype=object)
    assert "region: " not in str(said(read_table(PLAIN.assign(kind=values)).frame))


def test_missing_numbers_and_durations_are_no_hindrance():
    frame = with_sums()
    frame["n"] = frame["x"].astype("Int64").mask(frame.index == 3)
    frame["d"] = pd.to_timedelta(frame["x"], unit="s")
    assert len(said(read_table(frame).frame)) == 1


def with_sub_totals(returned=None):
    """Days of three shops with the sums of each below it; the target may be empty in them."""
    shops = [PLAIN.assign(day=np.arange(SIZE) + 1.0, returned=np.where(np.arange(SIZE) % 3 == 0, "yes", "no"))] * 3
    parts = []
    for shop in shops:
        sums = shop[["x", "y"]].sum().to_frame().T.assign(region="All shops", returned=returned)
        parts += [shop, sums]
    return pd.concat(parts, ignore_index=True)[["region", "day", "x", "y", "returned"]]


def test_nothing_is_said_of_sums_that_are_left_out():
    """Seen: rows are "learned from like any other", and left out two lines later since they have no target."""
    notices = make_dataset(read_table(with_sub_totals()), "returned").task.notices
    assert any(notice.startswith("3 rows without a value of returned left out") for notice in notices)
    assert "like" not in str(notices)


def test_sums_that_are_used_are_pointed_out_in_table_and_test_table():
    table = read_table(with_sub_totals("no"))
    notices = make_dataset(table, "returned", test=table.frame).task.notices
    line = (
        "Row 31 (and 2 more rows) looks like sums of others (region 'All shops', x '85'; 1 of 5 values empty) and is used "
        "like any other. To leave it out, delete it from the table."
    )
    assert line in notices
    assert f"The test table: {line}" in notices


def test_rows_of_a_group_are_counted_among_those_that_are_used():
    frame = with_sub_totals().assign(who=lambda t: np.where(t["day"].isna(), None, t.index // 4))
    assert "are one group" not in str(make_dataset(read_table(frame), "returned", group="who").task.notices)
