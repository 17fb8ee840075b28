"""Rows of sums are pointed out, and nothing else is taken for one."""

import numpy as np
import pandas as pd
import pytest

from mlestar_jupyter.data.reading import read_table

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
    assert table.notices == (line,)
    assert len(table.frame) == len(frame)


@pytest.mark.parametrize(
    "last",
    [["Total", "Part"] * (SIZE // 2), [f"Film {k}" for k in range(SIZE - 1)] + ["Total Recall"], ["Dim Sum", "Tee"] * (SIZE // 2)],
)  # fmt: skip
def test_a_word_alone_is_no_sum(last):
    assert read_table(PLAIN.assign(kind=last).iloc[::-1].assign(kind=last)).notices == ()


def test_lists_beside_a_word_for_sums_are_no_hindrance():
    values = pd.Series([*([k] for k in range(SIZE - 1)), "Total"], dtype=object)
    assert "region: " not in str(read_table(PLAIN.assign(kind=values)).notices)


def test_missing_numbers_and_durations_are_no_hindrance():
    frame = with_sums()
    frame["n"] = frame["x"].astype("Int64").mask(frame.index == 3)
    frame["d"] = pd.to_timedelta(frame["x"], unit="s")
    assert len(read_table(frame).notices) == 1
