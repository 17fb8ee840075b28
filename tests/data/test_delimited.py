"""Files of delimited text as they come, read to the values of the clean table; what is decided is said."""

import itertools

import numpy as np
import pandas as pd
import pytest

from mlestar_jupyter.core.opening import RowsError
from mlestar_jupyter.data.reading import read_table
from mlestar_jupyter.errors import DataError
from mlestar_jupyter.modalities.derivation import derive
from mlestar_jupyter.problems.recognition import make_dataset

RANDOM, SIZE = np.random.default_rng(0), 40
CLEAN = pd.DataFrame(
    {
        "size": RANDOM.normal(size=SIZE).round(3),
        "colour": RANDOM.choice(["rot", "grün", "blau"], SIZE),
        "count": RANDOM.integers(0, 50, SIZE),
        "y": RANDOM.integers(0, 2, SIZE),
    }
)
TEXT = CLEAN.to_csv(index=False)
LINES = TEXT.splitlines()
NAMES, ROWS = LINES[0], LINES[1:]


def joined(*lines, end="\n"):
    return end.join(lines) + end


def read(folder, text, encoding="utf-8", name="t.csv"):
    path = folder / name
    path.write_bytes(text.encode(encoding))
    table = read_table(path)
    frame = eval(table.source.call, {"pd": pd})
    pd.testing.assert_frame_equal(table.frame, frame)  # the printed call is true
    return table


def same(table):
    pd.testing.assert_frame_equal(table.frame, CLEAN)
    return list(table.notices)


FORMS = list(
    itertools.product(
        ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252", "mac_roman"),
        (",", ";", "\t", "|"),
        (0, 1),
        ("\n", "\r\n"),
    )
)


@pytest.mark.parametrize(("encoding", "delimiter", "quoting", "end"), FORMS)
def test_every_form_of_the_table_is_the_table(tmp_path, encoding, delimiter, quoting, end):  # T18
    text = CLEAN.to_csv(index=False, sep=delimiter, quoting=quoting, lineterminator=end)
    same(read(tmp_path, text, encoding))


@pytest.mark.parametrize(
    ("raw", "line"),
    [
        (TEXT.encode("cp1252"), "t.csv is not UTF-8: it was read as latin-1; check that accented letters are right."),
        (TEXT.encode("utf-16"), "t.csv was read as UTF-16."),
        (
            TEXT.encode() + b"1,gr\xfcn,1,0\n",
            "t.csv is UTF-8 but for 1 character, read as '�': correct them, or save it as UTF-8 again.",
        ),
    ],
)
def test_an_encoding_that_is_not_utf8_is_said(tmp_path, raw, line):  # T18
    path = tmp_path / "t.csv"
    path.write_bytes(raw)
    assert read_table(path).notices == (line,)


@pytest.mark.parametrize("delimiter", ["^", "~", ":", "#", "!", "/", "&", "\x1f", " "])
def test_any_character_between_the_values(tmp_path, delimiter):  # T18
    assert "separated by a" in same(read(tmp_path, CLEAN.to_csv(index=False, sep=delimiter), name="t.dat"))[0]


@pytest.mark.parametrize("delimiter", ["||", "::", ";;", "|~|"])
def test_several_characters_between_the_values(tmp_path, delimiter):  # T18
    assert same(read(tmp_path, TEXT.replace(",", delimiter))) == [f"Columns are separated by a {delimiter!r}."]


def test_columns_in_line_by_blanks(tmp_path):
    same(read(tmp_path, CLEAN.to_string(index=False), name="t.txt"))
    spaced = joined(*("   ".join(line.split(",")) for line in LINES)).replace("rot", "dunkles rot")
    assert read(tmp_path, spaced).frame["colour"].isin(["dunkles rot", "grün", "blau"]).all()


FOUND_AROUND = {
    "the separator that Excel names": ("sep=;\n" + TEXT.replace(",", ";"), "Columns are separated by a semicolon."),
    "comments": (
        "# written by x\n# on, a, Monday, 3\n" + TEXT,
        "2 lines above the table, with '#' before, are no part of it ('# written by x'): left out.",
    ),
    "names in a comment": (joined("# x", "# " + NAMES, *ROWS), "The names are taken from the comment line 'size, colour, count, y'."),
    "a comment within": (joined(NAMES, *ROWS[:9], "# part two", *ROWS[9:]), "1 line among the rows starts like a comment: left out."),
    "a title": ("Sales report\n\n" + TEXT, "2 lines above the table are no part of it ('Sales report'): left out."),
    "a title in a sheet": (
        "Sales;;;\n;;;\n" + TEXT.replace(",", ";"),
        "2 lines above the table are no part of it ('Sales;;;'): left out.",
    ),
    "a total": (TEXT + "Total,,1200,\n", "The last line is no row of the table ('Total,,1200,'): left out."),
    "a remark at the end": (TEXT + "\n(40 rows affected)\n", "The last line is no row of the table ('(40 rows affected)'): left out."),
    "blank rows at the end": (TEXT + ",,,\n,,,\n", "The last 2 lines are no rows of the table (',,,'): left out."),
    "a line cut off": (TEXT + "0.25,ro", "The last line is no row of the table ('0.25,ro'): left out."),
    "the names again": (joined(*LINES[:20], *([NAMES, *ROWS[19:]])), "The line with the names comes again (1 line): left out."),
    "the names again, with a mark": (
        "\ufeff" + joined(*LINES[:20], *(["\ufeff" + NAMES, *ROWS[19:]])), "The line with the names comes again (1 line): left out.",
    ),
    "the names again, in quotes": (
        joined(*LINES[:20], *(['\ufeff"' + NAMES.replace(",", '","') + '"', *ROWS[19:]])), "The line with the names comes again (1 line): left out.",
    ),
    "units": (joined(NAMES, "kg,-,pieces,0/1", *ROWS), "The line below the names is no row ('kg, -, pieces, 0/1'): left out."),
    "an empty last column": (
        joined(*(line + "," for line in LINES)), "The last column has no name and no values: left out.",
    ),
    "delimiters behind the rows": (
        joined(NAMES, *(row + "," for row in ROWS)), "The last column has no name and no values: left out.",
    ),
    "blanks around names": (
        TEXT.replace("size,colour", " size ,\ufeffcolour", 1),
        "Blanks around names of columns are left out: ' size ', '\\ufeffcolour'.",
    ),
    "blanks around all names": (
        TEXT.replace("size,colour,count,y", " size, colour, count, y", 1),
        "Blanks around names of columns are left out: ' size', ' colour', ' count' and 1 more.",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("text", "line"), FOUND_AROUND.values(), ids=FOUND_AROUND)
@pytest.mark.parametrize("end", ["\n", "\r"])
def test_what_stands_around_the_table_is_left_out_and_said(tmp_path, text, line, end):  # T18
    assert line in same(read(tmp_path, text.replace("\n", end)))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (TEXT.replace("rot", "'ro,t'"), "ro,t"),
        (TEXT.replace("rot", '"ro ""t"", x"'), 'ro "t", x'),
        (TEXT.replace("rot", '"ro \\"t\\", x"'), 'ro "t", x'),
        (TEXT.replace("rot", 'ro 5" t'), 'ro 5" t'),
        (TEXT.replace("rot", '"ro\nt"'), "ro\nt"),
        (TEXT.replace(",", ", "), "rot"),
    ],
)
def test_quotes_however_they_are_written(tmp_path, text, value):
    frame = read(tmp_path, text).frame
    pd.testing.assert_frame_equal(frame, CLEAN.replace("rot", value))


def test_rows_with_their_name_in_front_have_a_column_more(tmp_path):
    table = read(tmp_path, joined(NAMES, *(f"r{k},{row}" for k, row in enumerate(ROWS))))
    line = "The header has one name less than the rows have values: the first column is 'Unnamed: 0'."
    assert table.notices == (line,)
    pd.testing.assert_frame_equal(table.frame.drop(columns="Unnamed: 0"), CLEAN)


@pytest.mark.parametrize("mark", ["unknown", "NA", "?", "-", "", "not known yet"])
@pytest.mark.parametrize("how", ["delimiters behind the rows", "an index without a name"])
def test_what_stands_for_missing_in_the_first_row_is_no_name(tmp_path, mark, how):
    rows = [
        f"{k}.5,{('Bern', 'Chur')[k % 2]},{k * 7 % 11}.25,{('ja', 'nein')[k % 3 > 0]}".split(",") for k in range(30)
    ]
    rows[0][2] = mark
    lines = [f"{k},{','.join(row)}" if "index" in how else ",".join(row) + "," for k, row in enumerate(rows)]
    table = read(tmp_path, joined("a,city,b,y", *lines))
    assert [name for name in table.frame if name != "Unnamed: 0"] == ["a", "city", "b", "y"]
    assert table.frame["a"].tolist() == [k + 0.5 for k in range(30)]
    assert not any("above the table" in line for line in table.notices)


def test_a_line_of_too_many_values_is_named(tmp_path):  # T18
    path = tmp_path / "t.csv"
    table = read(tmp_path, joined(NAMES, *ROWS[:4], "1,rot,2,0,9", *ROWS[4:]))
    notice = "Line 6 has 5 values for 4 names: left out. Put quotes around values that contain the delimiter."
    assert same(table) == [notice]
    path.write_text(joined(NAMES, *ROWS[:37], *("1,rot,2,0,9" for _ in range(2)), *ROWS[37:]))
    with pytest.raises(DataError) as error:
        read_table(path)
    assert str(error.value) == (
        "The file 't.csv' cannot be split into columns: line 39 has 5 values for 4 names (and 1 more line). "
        "Put quotes around values that contain the delimiter, or give every column a name."
    )


def test_a_line_of_too_few_values_is_named(tmp_path):  # T18
    table = read(tmp_path, joined(NAMES, *ROWS[:4], "1,rot", *ROWS[4:]))
    assert table.notices == ("Line 6 has 2 values for 4 names: what it lacks is missing.",)
    assert len(table.frame) == SIZE + 1


class TestNoNames:
    """A file without a line of names."""

    def test_it_is_noticed_and_said(self, tmp_path):  # T15
        table = read(tmp_path, joined(*ROWS))
        pd.testing.assert_frame_equal(table.frame, CLEAN.set_axis([f"column_{k}" for k in range(1, 5)], axis=1))
        assert table.notices == (
            "The first line of t.csv looks like a row: the columns are called column_1 to column_4. Put a line with "
            "names before it; if it has the names, read the file with pandas and give the DataFrame.",
        )

    @pytest.mark.parametrize(
        "first", ["0.5,NA,3,NA,a", "NA,rot,NA,7,a", "0.5,rot,3,not known,a", "not known,rot,3,8,a"]
    )
    def test_marks_of_missing_values_are_no_names(self, tmp_path, first):
        rows = [f"{k}.5,{('rot', 'blau')[k % 2]},{k % 4},{k * k % 17},{'ab'[k % 3 > 0]}" for k in range(30)]
        table = read(tmp_path, joined(first, *rows))
        assert list(table.frame) == [f"column_{k}" for k in range(1, 6)]
        assert len(table.frame) == 31

    def test_the_refusal_of_a_target_says_that_no_line_has_names(self, tmp_path):
        with pytest.raises(DataError) as error:
            make_dataset(read(tmp_path, joined("40", *ROWS)), "class_2")
        assert str(error.value) == (
            "The target 'class_2' is not a column of the table. No line of the file was taken for names: they are "
            "column_1, column_2, column_3, column_4. Put a line with names before the rows."
        )

    def test_the_line_that_looks_like_a_row_is_named_by_its_number(self, tmp_path):
        assert (
            read(tmp_path, joined("40", *ROWS))
            .notices[0]
            .startswith("Line 2 of t.csv looks like a row: the columns are called column_1 to column_4.")
        )

    @pytest.mark.parametrize(
        ("target", "why"), [("4", "is at that place"), (ROWS[0].split(",")[-1], "has it in the first line")]
    )
    def test_the_target_is_a_place_or_a_value_of_the_first_line(self, tmp_path, target, why):
        dataset = make_dataset(read(tmp_path, joined(*ROWS)), target)
        assert dataset.task.target == "column_4"
        assert f"The file has no names: {target!r} is taken for column_4, which {why}." in dataset.task.notices

    @pytest.mark.parametrize(
        "names", [["2019", "2020", "2021"], ["0", "1", "2"], [str(400.5 + k) for k in range(8)], ["a", "b", "2"]]
    )
    def test_numbers_may_be_names(self, tmp_path, names):
        frame = pd.DataFrame(RANDOM.normal(size=(SIZE, len(names))).round(2), columns=names)
        path = tmp_path / "t.csv"
        frame.to_csv(path, index=False)
        pd.testing.assert_frame_equal(read_table(path).frame, frame)


@pytest.mark.parametrize("codes", [["00512", "85136", "01234"], ["12345678901234567890", "12345678901234567891"]])
def test_digits_that_numbers_would_spoil_stay_text(tmp_path, codes):  # T14
    frame = pd.DataFrame({"code": [*codes * 20], "y": range(len(codes) * 20)})
    frame.loc[3, "code"] = None
    path = tmp_path / "t.csv"
    frame.to_csv(path, index=False)
    assert read_table(path).frame["code"].tolist()[:3] == frame["code"].tolist()[:3]


def test_codes_of_json_stay_text(tmp_path):  # T14
    path = tmp_path / "t.jsonl"
    path.write_text('{"code": "007", "y": 1}\n{"code": "012", "y": 2}\n')
    assert read_table(path).frame["code"].tolist() == ["007", "012"]


def drawn(values):
    """Lines of a table as clients of databases draw it."""
    widths = [max(map(len, column)) for column in zip(*values, strict=True)]
    rule = "+" + "+".join("-" * (width + 2) for width in widths) + "+"
    lines = ["| " + " | ".join(v.ljust(w) for v, w in zip(row, widths, strict=True)) + " |" for row in values]
    return [rule, lines[0], rule, *lines[1:], rule]


CELLS = [line.split(",") for line in LINES]
PADDED = "Blanks around the values are left out."
RULER = "1 line of dashes left out."
AROUND_VALUES = {
    "MySQL": ([*drawn(CELLS), "40 rows in set (0.00 sec)"], [PADDED, RULER]),
    "Markdown": (["| " + " | ".join(row) + " |" for row in (CELLS[0], ["---", ":--:", "--:", ":--"], *CELLS[1:])], [PADDED, RULER]),
    "Markdown without edges": ([" | ".join(row) for row in (CELLS[0], ["---"] * 4, *CELLS[1:])], [PADDED, RULER]),
    "PostgreSQL": ([" " + " | ".join(CELLS[0]), "---+---+---+---", *(" " + " | ".join(row) for row in CELLS[1:])], [PADDED, RULER]),
    "SAP": (["|" + "|".join(v.ljust(9) for v in row) + "|" for row in CELLS], [PADDED]),
    "commas between blanks": ([" , ".join(row) for row in CELLS], [PADDED]),
    "columns of one width": ([";".join(v.ljust(9) for v in row) for row in CELLS], [PADDED]),
    "whole lines in quotes": ([f'"{line}"' for line in LINES], ["The quotes around whole lines are left out."]),
}  # fmt: skip


@pytest.mark.parametrize(("lines", "expected"), AROUND_VALUES.values(), ids=AROUND_VALUES)
def test_what_stands_around_values_is_no_part_of_them(tmp_path, lines, expected):
    table = read(tmp_path, joined(*lines), name="t.txt")
    assert [line for line in expected if line not in same(table)] == []
    contract = derive(table.frame, "y", function=table.source.function, options=dict(table.source.options))
    for number, text in enumerate((joined(*lines), joined(*LINES), TEXT.replace(",", ";"), joined(*drawn(CELLS)))):
        path = tmp_path / f"new{number}.csv"
        path.write_text(text)
        found, _ = contract.read_known(contract.read_table(path))
        assert found["colour"].tolist() == CLEAN["colour"].tolist()
        assert found["size"].tolist() == CLEAN["size"].tolist()
        assert found["y"].tolist() == CLEAN["y"].tolist()


@pytest.mark.parametrize(
    "lines",
    [
        [NAMES, *(f'"{row}"' for row in ROWS)],
        [f'"{line}"' for line in [NAMES, *(row.replace("rot", '""rot, hell""') for row in ROWS)]],
    ],
)
def test_lines_in_quotes_that_cannot_be_split_are_refused(tmp_path, lines):
    path = tmp_path / "t.csv"
    path.write_text(joined(*lines))
    with pytest.raises(DataError) as error:
        read_table(path)
    assert str(error.value) == "Whole lines of 't.csv' stand in quotes. Take away the quotes around them."


def test_a_column_of_texts_in_quotes_is_one(tmp_path):
    lines = ['"text"', *(f'"{word}, and {word}, again"' for word in "abcdefgh")]
    assert list(read(tmp_path, joined(*lines)).frame) == ["text"]
    both = joined('"a","b"', *('"x","y"' for _ in range(9)))
    assert read(tmp_path, both).frame.to_numpy().tolist() == [["x", "y"]] * 9
    dashes = joined("a,b", *("--,-1" for _ in range(9)))
    assert len(read(tmp_path, dashes).frame) == 9


def test_labels_that_end_in_a_blank_are_pointed_out(tmp_path):
    frame = CLEAN.assign(y=CLEAN["y"].map({0: "no ", 1: "yes "}))
    task = make_dataset(read(tmp_path, frame.to_csv(index=False)), "y").task
    assert task.classes == ("no ", "yes ")
    assert "All labels of y end in a blank, such as 'no ': predictions have it too." in task.notices


class TestLarge:
    """What the first megabyte does not show."""

    FRAME = pd.DataFrame({"n": np.arange(150_000) % 977, "k": np.arange(150_000) % 10})
    LINES = FRAME.to_csv(index=False).splitlines()

    @pytest.mark.parametrize(
        ("line", "notice"),
        [
            ("# part two", "1 line among the rows starts like a comment: left out."),
            ("---,---", "1 line of dashes left out."),
            ("n,k", "The line with the names comes again (1 line): left out."),
            ("1,2,3", "Line 140,001 has 3 values for 2 names: left out."),
        ],
    )
    def test_a_line_far_below_that_is_no_row(self, tmp_path, line, notice):
        path = tmp_path / "t.csv"
        path.write_text(joined(*self.LINES[:140_000], line, *self.LINES[140_000:]))
        table = read_table(path)
        pd.testing.assert_frame_equal(table.frame, self.FRAME)
        assert table.notices[0].startswith(notice)

    def test_a_total_at_the_end(self, tmp_path):
        path = tmp_path / "t.csv"
        path.write_text(joined(*self.LINES, "Total,"))
        pd.testing.assert_frame_equal(read_table(path).frame, self.FRAME)


@pytest.mark.parametrize("rows", [1, 6])
def test_a_value_of_any_length(tmp_path, rows):
    long = [f"0.5,{'x' * 140_000}{k},1,0" for k in range(rows)]
    table = read(tmp_path, joined(NAMES, *ROWS[:20], *long, *(ROWS[20:] if rows == 1 else [])))
    assert table.frame["colour"].str.len().gt(140_000).sum() == rows
    assert len(table.frame) == (SIZE + 1 if rows == 1 else 26)
    assert table.notices == ()


def test_a_zero_byte_in_a_text_is_named_with_its_line(tmp_path):
    path = tmp_path / "t.csv"
    for text, more in (("r\0t", ""), ("r\0\0t", " (and 1 more byte)")):
        path.write_text(joined(NAMES, *ROWS[:4], f"1,{text},2,0", *ROWS[4:]))
        with pytest.raises(DataError) as error:
            read_table(path)
        assert str(error.value) == (
            f"Line 6 of 't.csv' has a zero byte{more}, which no text has. Remove what is not text there."
        )


@pytest.mark.parametrize("lines", [["# rooms,type,y"], ["# export of May", "# rooms,type,y"]])
@pytest.mark.parametrize("rows", [3, 60])
def test_names_in_a_comment_are_not_left_out(tmp_path, lines, rows):
    table = read(tmp_path, joined(*lines, *(f"{k % 7}.5,{'abc'[k % 3]},{k % 2}" for k in range(rows))))
    assert list(table.frame) == ["rooms", "type", "y"]
    assert len(table.frame) == rows
    above = "1 line above the table, with '#' before, is no part of it ('# export of May'): left out."
    names = "The names are taken from the comment line 'rooms, type, y'."
    assert table.notices == ((names, above) if len(lines) > 1 else (names,))

    @pytest.mark.parametrize("mark", ["NA", "NULL", "-nan"])
    def test_a_mark_far_below_that_is_missing(self, tmp_path, mark):
        path = tmp_path / "t.csv"
        frame = self.FRAME.assign(flag=self.FRAME["k"] > 4)
        frame["n"] = frame["n"].astype(object)
        frame.loc[140_000, ["n", "flag"]] = mark
        frame.to_csv(path, index=False)
        found = read_table(path).frame
        assert found["n"].isna().tolist() == (frame["n"] == mark).tolist()
        assert found["n"].dtype == float
        assert found["flag"].isna().sum() == 1
        pd.testing.assert_frame_equal(found, pd.read_csv(path))


def with_an_open_quote(count, at):
    lines = [f'"{"abc"[k % 3]}",{k % 7 + 0.5},{k % 2}' for k in range(count)]
    lines[at] = lines[at].replace('",', ",", 1)
    return joined("name,size,y", *lines)


@pytest.mark.parametrize(
    "row",
    ['"a,30,yes', '30,"a,yes', '30,yes,"a'],
    ids=["first", "middle", "last"],
)
def test_a_line_with_an_open_quote_is_named_since_it_would_take_the_next_ones(tmp_path, row):
    whole = next(f'"{part[1:]}"' if part.startswith('"') else part for part in row.split(",") if '"' in part)
    lines = [row.replace('"a', whole)] * 60
    lines[30] = row
    (tmp_path / "t.csv").write_text(joined("x,y,z", *lines))
    with pytest.raises(DataError) as refused:
        read_table(tmp_path / "t.csv")
    assert str(refused.value) == (
        "Line 32 of 't.csv' has a quote that is not closed: the lines after it would become a part of its value. "
        "Close the quote, or remove it."
    )


def test_an_open_quote_far_down_a_large_file_is_found_and_in_new_rows_too(tmp_path):
    (tmp_path / "t.csv").write_text(with_an_open_quote(90_000, 80_000))
    with pytest.raises(DataError, match="^Line 80,002 of 't.csv' has a quote that is not closed: "):
        read_table(tmp_path / "t.csv")
    (tmp_path / "small.csv").write_text(with_an_open_quote(60, 3).replace('"c",5.5', '"c,5.5'))
    table = pd.DataFrame({"name": ["a", "b"] * 30, "size": np.arange(60) / 4, "y": [0, 1] * 30})
    contract = derive(table, "y")
    for name, line in (("t.csv", r"80,002"), ("small.csv", r"5")):
        with pytest.raises(RowsError, match=f"^Line {line} of {name!r} has a quote that is not closed"):
            contract.read_file(tmp_path / name)


@pytest.mark.parametrize("value", ['"two\nlines, ""and"" quotes"', '"5""\nwide"', '"one, two\nthree "and" four"'])
def test_a_value_of_several_lines_with_quotes_is_one_value(tmp_path, value):
    lines = [f'"a",{k},{k % 2}' for k in range(60)]
    lines[30] = f"{value},30,0"
    (tmp_path / "t.csv").write_text(joined("x,size,y", *lines))
    assert len(read_table(tmp_path / "t.csv").frame) == 60
