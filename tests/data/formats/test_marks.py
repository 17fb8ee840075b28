"""Marks of missing values in a delimited file, wherever they begin."""

import pytest

from mlestar_jupyter.data.reading import read_table

pytestmark = pytest.mark.fast


def notices_of(tmp_path, marks):
    """Read a file with some texts among its numbers, by the row."""
    path = tmp_path / "t.csv"
    rows = [f"{marks.get(k, k * 1.5)},{k % 7}" for k in range(2_000)]
    path.write_text("v,y\n" + "\n".join(rows) + "\n", encoding="utf-8")
    table = read_table(path)
    assert table.frame["v"].isna().sum() == len(marks)
    return list(table.notices)


@pytest.mark.parametrize(
    ("marks", "said"),
    [
        ({1_500: "NA", 1_700: "NA"}, "'NA' counts as missing in v (2 rows)."),
        ({7: "null", 1_500: "NA"}, "'NA' and 'null' count as missing in v (2 rows)."),
        ({1_500: "NA", 1_600: "", 1_700: "n/a"}, "'NA', 'n/a' and empty cells count as missing in v (3 rows)."),
    ],
)
def test_marks_below_the_sample_are_named(tmp_path, marks, said):
    assert notices_of(tmp_path, marks) == [said]


def test_empty_cells_alone_need_no_notice(tmp_path):
    assert notices_of(tmp_path, {1_500: ""}) == []
