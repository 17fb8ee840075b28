"""Files of delimited text as they come, read to the values of the clean table; what is decided is said."""

import itertools

import numpy as np
import pandas as pd
import pytest

from mlestar_jupyter.data.reading import read_table
from mlestar_jupyter.errors import DataError
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
        (TEXT.encode("cp1252"), "t.csv is not UTF-8: it was read as latin-1; look whether accented letters are right."),
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


class TestMarks:
    """Texts that files have for missing, and that may be categories."""

    def frame(self, texts, shares=None, **more):
        return pd.DataFrame({"v": np.random.default_rng(1).choice(texts, 200, p=shares), **more})

    def table(self, tmp_path, frame, **how):
        frame.to_csv(tmp_path / "t.csv", index=False, **how)
        return read(tmp_path, (tmp_path / "t.csv").read_text())

    @pytest.mark.parametrize("word", ["Nan", "None", "Null"])
    def test_names_of_people_that_look_like_marks_are_all_names(self, tmp_path, word):
        frame = self.frame(["Anna", "Bert", "Carla", "Dirk", word], y=[0, 1] * 100)
        dataset = make_dataset(self.table(tmp_path, frame), "y", test=0)
        assert (dataset.development.X["v"] == frame["v"]).all()
        assert dataset.task.columns[0].sentinels == ()
        assert not any("missing in" in notice for notice in dataset.task.notices)

    @pytest.mark.parametrize(
        "texts", [["NA", "EU", "AS"], ["None", "Mild", "Severe"], ["null", "alternative"], ["NA", "HR", "IT", "LAW"]]
    )
    def test_a_mark_that_is_written_as_the_others_is_a_category(self, tmp_path, texts):  # T14
        frame = self.frame(texts)
        table = self.table(tmp_path, frame)
        pd.testing.assert_frame_equal(table.frame, frame)
        rows = int((frame["v"] == texts[0]).sum())
        assert table.notices == (
            f"v: {texts[0]!r} is taken for a category ({rows} rows), since it occurs as the others do; leave the cells "
            "empty where a value is missing.",
        )

    @pytest.mark.parametrize("texts", [["NA", "yes", "no"], ["n/a", "red", "blue"], ["NULL", "Köln", "Bonn"]])
    def test_another_mark_is_missing_and_counted(self, tmp_path, texts):  # T14
        frame = self.frame(texts)
        table = self.table(tmp_path, frame)
        assert table.frame["v"].isna().tolist() == (frame["v"] == texts[0]).tolist()
        rows = int((frame["v"] == texts[0]).sum())
        line = f"{texts[0]!r} counts as missing in v ({rows} rows); write another word where it is a category."
        assert table.notices == (line,)

    def test_a_mark_that_numbers_have_too_is_missing(self, tmp_path):
        table = self.table(tmp_path, self.frame(["NA", "EU", "AS"], n=[*range(190), *[np.nan] * 10]), na_rep="NA")
        assert table.frame["v"].isna().any()
        assert table.notices[0].startswith("'NA' counts as missing in v (")

    def test_blank_cells_beside_it_are_what_is_missing(self, tmp_path):
        table = self.table(tmp_path, self.frame(["NA", "yes", "no", None]))
        assert set(table.frame["v"].dropna()) == {"NA", "yes", "no"}
        assert table.frame["v"].isna().any()

    def test_a_rare_mark_and_one_without_quotes_are_missing(self, tmp_path):
        assert self.table(tmp_path, self.frame(["NA", "EU", "AS"], [0.01, 0.5, 0.49])).frame["v"].isna().any()
        quoted = joined('"v","w"', *(f'{v},"x"' for v in ('"EU"', '"AS"', "NA") * 20))
        assert read(tmp_path, quoted).frame["v"].isna().sum() == 20

    def test_no_class_of_the_target_is_lost(self, tmp_path):  # T14
        table = self.table(tmp_path, self.frame(["NA", "EU", "AS"], x=np.arange(200.0) % 7))
        assert make_dataset(table, "v").task.classes == ("AS", "EU", "NA")


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


class TestLarge:
    """What the first megabyte does not show."""

    FRAME = pd.DataFrame({"n": np.arange(150_000) % 977, "k": np.arange(150_000) % 10})
    LINES = FRAME.to_csv(index=False).splitlines()

    @pytest.mark.parametrize(
        ("line", "notice"),
        [
            ("# part two", "1 line among the rows starts like a comment: left out."),
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
