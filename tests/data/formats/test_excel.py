"""Workbooks: which sheet, where its table begins, and the types of cells."""

import datetime
import zipfile

import pandas as pd
import pytest

from mlestar_jupyter.data.reading import read_table
from mlestar_jupyter.errors import DataError
from mlestar_jupyter.modalities.derivation import derive

openpyxl = pytest.importorskip("openpyxl")
pytest.importorskip("python_calamine")
pytestmark = pytest.mark.fast

FRAME = pd.DataFrame({"size": [1, 2, 3, 4], "kind": ["x", "y", "x", "z"], "y": ["no", "yes", "no", "yes"]})


def book(path, **sheets):
    """A workbook of rows, or of a frame with where it begins."""
    made = openpyxl.Workbook()
    made.remove(made.active)
    for name, rows in sheets.items():
        sheet = made.create_sheet(name)
        for row in rows:
            sheet.append(row)
    made.save(path)
    return path


def rows_of(frame, above=0, left=0):
    blank = [None] * left
    return [[]] * above + [[*blank, *frame.columns]] + [[*blank, *row] for row in frame.values.tolist()]


def line(path):
    with pytest.raises(DataError) as error:
        read_table(path)
    return str(error.value)


def test_the_only_sheet_is_named(tmp_path):
    table = read_table(book(tmp_path / "a.xlsx", Data=rows_of(FRAME)))
    pd.testing.assert_frame_equal(table.frame, FRAME)
    assert table.notices == ("The sheet is 'Data'.",)


def test_lines_of_title_empty_rows_and_columns_are_left_out(tmp_path):
    rows = [["Sales 2024"], ["made by", "me"], [], *rows_of(FRAME, left=2), []]
    table = read_table(book(tmp_path / "a.xlsx", Data=rows))
    pd.testing.assert_frame_equal(table.frame, FRAME)
    assert table.notices == ("The sheet is 'Data'.", "The names of the columns are in row 4 of the sheet.")


def test_notes_below_the_table_are_left_out_and_counted(tmp_path):
    rows = [*rows_of(FRAME), [], ["Source: the shop"], ["as of May"]]
    table = read_table(book(tmp_path / "a.xlsx", Data=rows))
    pd.testing.assert_frame_equal(table.frame, FRAME)
    assert table.notices[1] == "2 rows of notes or sums below the table left out."


@pytest.mark.parametrize(
    ("last", "is_left_out"),
    [
        (["Total", None, None], True), (["Grand total:", None, "4 rows"], True), (["Summe", "x", "no"], True),
        ([5, "Total", "no"], False),
    ],
)  # fmt: skip
def test_a_row_of_sums_is_left_out_and_counted(tmp_path, last, is_left_out):
    table = read_table(book(tmp_path / "a.xlsx", Data=[*rows_of(FRAME), last]))
    assert len(table.frame) == (4 if is_left_out else 5)
    assert ("1 row of notes or sums below the table left out." in table.notices) == is_left_out
    assert table.frame["size"].dtype == "int64"


def test_sums_below_the_table_are_left_out_whatever_they_are_called(tmp_path):
    rows = [["id", "day", "size", "cost"], *([f"A{k}", f"{k + 1}.3.2025", k + 1, k * 2.5] for k in range(6))]
    sums = [["Nord", None, 21, 37.5], ["Netto", None, 21, 37.5]]
    table = read_table(book(tmp_path / "a.xlsx", Data=[*rows, *sums]))
    assert len(table.frame) == 6
    assert "2 rows of notes or sums below the table left out." in table.notices


def test_a_word_for_sums_that_is_a_category_stays(tmp_path):
    rows = [["scope", "size", "y"], ["total", 1, "no"], ["part", 2, "yes"], ["total", 3, "no"]]
    assert len(read_table(book(tmp_path / "a.xlsx", Data=rows)).frame) == 3


def test_a_broken_workbook_under_another_ending_is_named_for_what_it_is(tmp_path):
    with zipfile.ZipFile(tmp_path / "x.csv", "w") as made:
        made.writestr("xl/workbook.xml", "<a/>")
    assert line(tmp_path / "x.csv") == (
        "The file 'x.csv' is a workbook that cannot be read: Cannot detect file format. Save it again."
    )  # fmt: skip


def test_an_index_without_a_name_and_empty_rows_within_are_no_title(tmp_path):
    rows = [[None, *FRAME.columns], *[[i, *row] for i, row in enumerate(FRAME.values.tolist())]]
    table = read_table(book(tmp_path / "a.xlsx", Data=[*rows[:3], [], *rows[3:]]))
    pd.testing.assert_frame_equal(table.frame[list(FRAME)], FRAME)
    assert table.notices == ("The sheet is 'Data'.",)


def test_a_cover_is_no_table_and_other_tables_are_named(tmp_path):
    path = book(tmp_path / "a.xlsx", Cover=[["Report"], ["2024"]], Data=rows_of(FRAME), More=rows_of(FRAME))
    table = read_table(path)
    pd.testing.assert_frame_equal(table.frame, FRAME)
    assert table.notices == (
        f"The sheet is 'Data'; a.xlsx has others as well: 'More'. Name one, as in '{path}::More'.",
    )


def test_a_sheet_is_chosen_by_its_name(tmp_path):
    path = book(tmp_path / "a.xlsx", Data=rows_of(FRAME), More=rows_of(FRAME.head(2)))
    table = read_table(f"{path}::More")
    assert len(table.frame) == 2
    assert table.notices == ()
    assert table.source.stem == "a-More"


def test_what_is_no_sheet_or_no_table_is_a_line(tmp_path):
    path = book(tmp_path / "a.xlsx", Cover=[["Report"], ["2024"]], Data=rows_of(FRAME))
    assert line(f"{path}::Date") == "'a.xlsx' has no sheet 'Date'. Name one of these: Cover, Data."
    assert line(f"{path}::Cover") == (
        "The sheet 'Cover' of 'a.xlsx' has no table: a header of two names or more with rows below it. "
        "Name another sheet or file."
    )
    empty = book(tmp_path / "b.xlsx", Empty=[])
    assert line(empty) == (
        "'b.xlsx' has no table: a header of two names or more with rows below it. Name another sheet or file."
    )


def test_each_value_has_the_type_of_its_cell(tmp_path):
    day = datetime.datetime(2024, 3, 1)
    rows = [
        ["code", "number", "flag", "day", "region", "y"],
        ["007", 1.5, True, day, "NA", "no"],
        ["012", None, None, None, "EU", "yes"],
        ["100", 3, False, day, None, "no"],
    ]
    frame = read_table(book(tmp_path / "a.xlsx", Data=rows)).frame
    assert frame["code"].tolist() == ["007", "012", "100"]
    assert frame["number"].dtype == "float64"
    assert frame["flag"].tolist()[::2] == [True, False]
    assert frame["day"].dtype.kind == "M"
    assert frame["region"].tolist()[:2] == ["NA", "EU"]
    assert frame["region"].isna().tolist() == [False, False, True]


def test_new_rows_may_stand_elsewhere_in_a_workbook(tmp_path):
    path = book(tmp_path / "a.xlsx", Data=rows_of(FRAME))
    table = read_table(path)
    contract = derive(table.frame, "y", function=table.source.function, options=dict(table.source.options))
    other = book(tmp_path / "new.xlsx", Notes=[["a", "b"], [1, 2]], New=[["New rows"], *rows_of(FRAME, left=1)])
    rows, _ = contract.read(contract.read_file(other))
    pd.testing.assert_frame_equal(rows, contract.read(table.frame)[0])


def test_names_that_are_numbers_or_doubled_are_seen(tmp_path):
    frame = pd.DataFrame([[1, 2, "a"], [3, 4, "b"]], columns=[2023, 2024, "y"])
    assert list(read_table(book(tmp_path / "a.xlsx", Data=rows_of(frame))).frame) == ["2023", "2024", "y"]
    doubled = book(tmp_path / "b.xlsx", Data=[["x", "x", "y"], [1, 2, "a"], [3, 4, "b"]])
    assert line(doubled) == (
        "The sheet 'Data' has columns with the same name: 'x'. Rename or drop all but one of each."
    )  # fmt: skip


def test_a_table_that_spreadsheets_of_openoffice_saved_is_read(tmp_path):
    path = tmp_path / "a.ods"
    cell = '<table:table-cell office:value-type="{}"{}><text:p>{}</text:p></table:table-cell>'.format
    text = [[cell("string", "", v) for v in FRAME.columns]]
    for size, kind, y in FRAME.itertuples(index=False):
        number = cell("float", f' office:value="{size}"', size)
        text.append([number, cell("string", "", kind), cell("string", "", y)])
    rows = "".join(f"<table:table-row>{''.join(row)}</table:table-row>" for row in text)
    spaces = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text")
    )
    content = (
        f'<?xml version="1.0"?><office:document-content {spaces}><office:body><office:spreadsheet>'
        f'<table:table table:name="Data">{rows}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", content)
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
    pd.testing.assert_frame_equal(read_table(path).frame, FRAME)


@pytest.mark.parametrize("ending", ["xls", "xlsx"])
def test_text_that_a_program_calls_a_workbook_is_read_as_text(tmp_path, ending):
    path = tmp_path / f"export.{ending}"
    path.write_text(FRAME.to_csv(index=False, sep="\t"))
    table = read_table(path)
    pd.testing.assert_frame_equal(table.frame, FRAME)
    assert table.notices[0] == f"export.{ending} is delimited text, whatever its ending says: it was read as that."


def test_columns_without_a_name_are_said(tmp_path):
    rows = [["first", None, "y"], ["a", "b", None], [1, 2, "no"], [3, 4, "yes"], [5, 6, "no"]]
    notices = read_table(book(tmp_path / "a.xlsx", Data=rows)).notices
    assert notices[-1] == "Columns without a name in row 2 of the sheet are called 'Unnamed: 2'."


def test_only_the_sheet_that_is_read_must_have_names_of_its_own(tmp_path):
    path = book(tmp_path / "a.xlsx", Data=[["x", "y"], [1, "a"], [3, "b"]], Notes=[["x", "x"], [1, 2], [3, 4]])
    assert list(read_table(path).frame) == ["x", "y"]
    assert line(f"{path}::Notes").startswith("The sheet 'Notes' has columns with the same name: 'x'.")


def test_the_sheet_with_the_target_is_named(tmp_path):
    other = rows_of(FRAME.rename(columns={FRAME.columns[-1]: "other"}))
    path = book(tmp_path / "a.xlsx", Data=other, More=rows_of(FRAME))
    with pytest.raises(DataError) as error:
        read_table(path, target=FRAME.columns[-1])
    assert str(error.value) == (
        f"'a.xlsx' has 2 sheets: Data, More. Name one: '{path}::More', which has {FRAME.columns[-1]!r}."
    )
    assert read_table(path, target="other").notices[0].startswith("The sheet is 'Data'")
    assert read_table(path, target="nowhere").frame.shape == FRAME.shape
