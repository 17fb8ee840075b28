"""Marks of missing values in files of delimited text: what is missing, what is a value, and what is said of it."""

import numpy as np
import pandas as pd
import pytest

from mlestar_jupyter.data.reading import read_table
from mlestar_jupyter.problems.recognition import make_dataset
from tests.data.test_delimited import joined, read


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

    @pytest.mark.parametrize("role", ["category", "text"])
    @pytest.mark.parametrize("mark", ["NA", "None", "n/a", "-", "?"])
    @pytest.mark.parametrize("others", [["yes", "no"], ["1.5", "2.5"], ["2024-01-31", "2024-02-01"]])
    def test_a_role_that_keeps_texts_keeps_all(self, tmp_path, others, mark, role):
        frame = self.frame([mark, *others], y=[0, 1] * 100)
        frame.to_csv(tmp_path / "t.csv", index=False)
        table = read_table(tmp_path / "t.csv", texts=["v"])
        for test in (0, tmp_path / "t.csv"):
            dataset = make_dataset(table, "y", test=test, roles={"v": role})
            assert dataset.development.X["v"].tolist() == frame["v"].tolist()
            assert dataset.task.columns[0].sentinels == ()
            assert not any("missing" in n for n in dataset.task.notices if not n.startswith("v: "))
        if test and (holdout := dataset.holdout.open("a test")) is not None:
            assert holdout.X["v"].tolist() == frame["v"].tolist()
        contract = dataset.task.contract
        for rows in (frame, contract.read_file(tmp_path / "t.csv")):
            assert contract.read(rows)[0]["v"].tolist() == frame["v"].tolist()
        rows = (frame["v"] == mark).sum()
        said = f"v: {mark!r} is kept in {rows} rows, as --role asks; leave the cells empty where a value is missing."
        assert (said in dataset.task.notices) == (mark not in "-?")

    @pytest.mark.parametrize("texts", [["NA", "yes", "no"], ["n/a", "red", "blue"], ["NULL", "Köln", "Bonn"]])
    def test_another_mark_is_missing_and_counted(self, tmp_path, texts):  # T14
        frame = self.frame(texts)
        table = self.table(tmp_path, frame)
        assert table.frame["v"].isna().tolist() == (frame["v"] == texts[0]).tolist()
        rows = int((frame["v"] == texts[0]).sum())
        line = f"{texts[0]!r} counts as missing in v ({rows} rows); where it is a category, add --role v=category."
        assert table.notices == (line,)

    def test_all_that_is_missing_among_numbers_is_counted_together(self, tmp_path):
        cells = ["NA"] * 3 + ["null"] * 2 + ['""'] * 5
        table = read(tmp_path, joined("v,w,z", *(f"{c},{c},0" for c in cells), *(f"{k},{k},{k}" for k in range(40))))
        assert table.notices == ("'NA', 'null' and empty cells count as missing in v (10 rows), w (10 rows).",)

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

    @pytest.mark.parametrize("mark", ["None", "NA", "null"])
    def test_a_mark_in_quotes_is_a_category_where_what_is_missing_has_none(self, tmp_path, mark):
        texts = ['"Freq"', '"Some"', '"Freq"', '"Some"', '"Freq"', f'"{mark}"', *['"Some"', '"Freq"'] * 7]
        lines = [f"{text},{'NA' if k % 9 == 3 else k}" for k, text in enumerate(texts * 5)]
        table = read(tmp_path, joined('"v","x"', *lines))
        assert (table.frame["v"] == mark).sum() == 5
        assert not table.frame["v"].isna().any()
        assert table.frame["x"].isna().sum() == sum(line.endswith("NA") for line in lines)
        assert (
            f"v: {mark!r} is taken for a category (5 rows), since it stands in quotes and what is missing does not; "
            "leave the cells empty where a value is missing."
        ) in table.notices
        plain = read(
            tmp_path, joined('"v","x"', *(line.replace("NA", "3") if line.endswith("NA") else line for line in lines))
        )
        assert plain.frame["v"].isna().sum() == 5

    def test_no_class_of_the_target_is_lost(self, tmp_path):  # T14
        table = self.table(tmp_path, self.frame(["NA", "EU", "AS"], x=np.arange(200.0) % 7))
        assert make_dataset(table, "v").task.classes == ("AS", "EU", "NA")
