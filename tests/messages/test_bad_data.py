"""Bad input: what the user did, and the one line that they get."""

import numpy as np
import pandas as pd
import pytest

from mlestar_jupyter.data.reading import read_table
from mlestar_jupyter.errors import MLEStarError
from mlestar_jupyter.problems.recognition import make_dataset

pytestmark = pytest.mark.fast

HEADER = "Give a table with a target and at least one input column."

FILES = [
    (
        "mistyped name", "chrun.csv", None,
        "There is no file 'chrun.csv'. Did you mean 'churn.csv'?",
    ),
    (
        "missing folder", "nowhere/churn.csv", None,
        "There is no file 'nowhere/churn.csv': the folder 'nowhere' does not exist. Check the path.",
    ),
    ("empty", "t.csv", b"", "The file 't.csv' is empty. Name a file with rows."),
    ("blank lines only", "t.csv", b"\n \n", "The file 't.csv' is empty. Name a file with rows."),
    ("commas only", "t.csv", b",,\n,,\n", "The file 't.csv' has no header line. Name the columns in the first line."),
    ("header only", "t.csv", b"a,b,y\n", "The file 't.csv' has a header (a, b, y) but no rows. Name a file with rows."),
    (
        "unsplittable", "t.csv", b"a;b;c\n1;2\n3;4;5;6\n7\n",
        "The file 't.csv' cannot be split into columns: by semicolon the header has 3 values and row 2 has 2. "
        "Save it with one delimiter (, ; tab or |) and quotes around values that contain it.",
    ),
    (
        "binary", "t.csv", b"PK\x00\x01\x02",
        "The file 't.csv' is not text: it has zero bytes. Save it as csv, xlsx or parquet."
    ),
    (
        "no workbook", "t.xlsx", b"x",
        "The file 't.xlsx' cannot be read: Cannot detect file format. "
        "Check that it is whole and that its ending says what it is.",
    ),
    (
        "same names", "t.csv", b"x,y,x\n1,2,3\n",
        "The file 't.csv' has columns with the same name: 'x'. Rename or drop all but one of each.",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("name", "content", "line"), [f[1:] for f in FILES], ids=[f[0] for f in FILES])
def test_files(tmp_path, monkeypatch, name, content, line):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "churn.csv").write_text("a,y\n1,2\n")
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(MLEStarError) as error:
        read_table(name)
    assert str(error.value) == line


@pytest.mark.parametrize("ending", ["parquet", "feather", "jsonl"])
def test_files_that_are_broken(tmp_path, ending):
    pytest.importorskip("pyarrow")
    path = tmp_path / f"t.{ending}"
    path.write_bytes(b"{ this is not it")
    with pytest.raises(MLEStarError, match=rf"^The file 't.{ending}' cannot be read: .+\. Check that it is whole"):
        read_table(path)


N = 40
X = np.random.default_rng(0).normal(size=N)
BASE = pd.DataFrame({"x": X, "day": ["2026-01-01"] * N, "Churn": ["No", "Yes"] * (N // 2)})

TABLES = [
    ("no rows", BASE.iloc[:0], {}, "The DataFrame 'df' has no rows. Give a table with rows."),
    ("no columns", pd.DataFrame(index=range(3)), {}, f"The DataFrame 'df' has no columns. {HEADER}"),
    (
        "same names", pd.concat([BASE, BASE[["x"]]], axis=1), {},
        "The DataFrame 'df' has columns with the same name: 'x'. Rename or drop all but one of each.",
    ),
    (
        "target mistyped", BASE, {"target": "churn_"},
        "The target 'churn_' is not a column of the table. Did you mean 'Churn'?",
    ),
    (
        "target unlike any", BASE, {"target": "Q"},
        "The target 'Q' is not a column of the table. The columns: x, day, Churn.",
    ),
    ("time mistyped", BASE, {"time": "dya"}, "The time column 'dya' is not a column of the table. Did you mean 'day'?"),
    ("group mistyped", BASE, {"group": "dayy"}, "The group column 'dayy' is not a column of the table. Did you mean 'day'?"),
    (
        "target as time", BASE, {"time": "Churn"},
        "The target 'Churn' is also the time column. Name another target, or leave --time out.",
    ),
    (
        "target as group", BASE, {"group": "Churn"},
        "The target 'Churn' is also the group column. Name another target, or leave --group out.",
    ),
    (
        "target alone", BASE[["Churn"]], {},
        "The table has no column besides the target 'Churn'. Add input columns.",
    ),
    (
        "constant target, one class", BASE.assign(Churn="No"), {},
        "The target 'Churn' has the same value in every row: 'No'. Name a column with at least two values.",
    ),
    (
        "constant target, the other class left empty", BASE.assign(Churn=["x", None] * (N // 2)), {},
        "The target 'Churn' has no value but 'x', and none in 20 rows. Write a word into these where they are the other "
        "class, or name a column with at least two values.",
    ),
    ("all missing", BASE.assign(Churn=None), {}, "The target 'Churn' has no value in any row. Name another column."),
    (
        "class with 1 row", BASE.assign(Churn=["No"] * (N - 1) + ["Yes"]), {},
        "The target 'Churn' has fewer than two classes of 3 rows or more; too rare: 'Yes' (1 row). "
        "Add rows of the rare classes, or name another target.",
    ),
    (
        "1 row", BASE.iloc[:1], {},
        "The table 'df' has 1 row to learn from; at least 10 are needed. "
        "Give a table with more rows that have a target.",
    ),
    (
        "5 rows", BASE.iloc[:5], {},
        "The table 'df' has 5 rows to learn from; at least 10 are needed. "
        "Give a table with more rows that have a target.",
    ),
    (
        "too few rows beside marks", pd.DataFrame({"x": range(12), "Churn": [1.5 * k for k in range(7)] + [-999.0] * 5}), {},
        "Without the rows whose Churn is -999, the table has 7 rows to learn from; at least 10 are needed. "
        "Give a table with more rows that have a target.",
    ),
    (
        "too few rows of frequent classes", pd.DataFrame({"x": range(14), "Churn": list("aaaaabbbbcdefg")}), {},
        "Without the rows that were left out, the table has 9 rows to learn from; at least 10 are needed. "
        "Give a table with more rows that have a target.",
    ),
    (
        "nothing to learn from", BASE.assign(x=None), {},
        "No column can be learned from: x (empty), day (constant). Add input columns that differ between rows.",
    ),
    (
        "regression of text", BASE, {"problem": "regression"},
        "The target 'Churn' is not a number: 'No'. A regression needs numbers. "
        "Leave --problem out to treat its values as classes, or convert the column to numbers.",
    ),
    (
        "unknown problem", BASE, {"problem": "regresion"},
        "There is no problem type 'regresion'. Did you mean 'regression'?",
    ),
    (
        "binary of three", BASE.assign(Churn=["a", "b", "c", "a"] * (N // 4)), {"problem": "binary"},
        "The target 'Churn' has 3 classes, not 2. Use --problem multiclass.",
    ),
    (
        "an id as target", pd.DataFrame({"x": np.arange(300.0) ** 2, "Churn": [f"c{i}" for i in range(300)]}), {},
        "The target 'Churn' has 300 classes in 300 rows: it looks like an identifier. "
        "Name another column.",
    ),
    (
        "an id of numbers as target", pd.DataFrame({"x": np.arange(300.0) ** 2, "Churn": range(300)}),
        {"problem": "multiclass"},
        "The target 'Churn' has 300 classes in 300 rows: it looks like an identifier. "
        "Name another column, or add --problem regression.",
    ),
    (
        "time that is no date", BASE.assign(day=["2026-01-01", "soon"] * (N // 2)), {"time": "day"},
        "Time column 'day', row 2: 'soon' cannot be read as a date. Correct it, or leave --time out.",
    ),
    (
        "one group", BASE, {"group": "day"},
        "The group column 'day' has 1 value: too few to hold out 0.2 of them. "
        "Leave --group out, or give a smaller --test.",
    ),
    ("unknown metric", BASE, {"metric": "rocauc"}, "There is no metric 'rocauc'. Did you mean 'roc_auc'?"),
    (
        "metric of another problem", BASE.assign(Churn=X), {"metric": "roc_auc"},
        "The metric 'roc_auc' does not fit a regression problem. "
        "Leave --metric out for 'neg_root_mean_squared_error', or name one for regression.",
    ),
    (
        "test table without a column", BASE, {"test": BASE.drop(columns="x")},
        "The test table 'test' has no column 'x'. Add it; empty values are fine.",
    ),
    (
        "test share", BASE, {"test": 1.5},
        "The setting 'test' is 1.5. Give a share from 0 (no holdout) to 0.9, a file or a DataFrame.",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("frame", "options", "line"), [t[1:] for t in TABLES], ids=[t[0] for t in TABLES])
def test_tables(frame, options, line):
    with pytest.raises(MLEStarError) as error:
        make_dataset(read_table(frame, "df"), **{"target": "Churn", **options})
    assert str(error.value) == line


NOTICES = [
    (
        "partly missing target", BASE.assign(Churn=[None, *BASE["Churn"][1:]]),
        "1 row without a value of Churn left out (2.5%).",
    ),
    (
        "rare class", BASE.assign(Churn=["odd", *BASE["Churn"][1:]]),
        "Classes with fewer than 3 rows cannot be split; their rows were left out: 'odd' (1 row).",
    ),
    ("all-missing column", BASE.assign(gone=np.nan), "No value in any row: gone. Not used."),
    (
        "infinities", BASE.assign(x=[np.inf] * 20 + list(X[20:])),
        "Infinite values, or too large to compute with, in x: they count as missing.",
    ),
    (
        "dates that could be read both ways", BASE.assign(day=["03/04/2026", "05/06/2026"] * (N // 2)),
        "day: nothing shows whether day or month comes first in dates such as '03/04/2026': the month is read first. "
        "If the day comes first, add --dayfirst.",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("frame", "line"), [n[1:] for n in NOTICES], ids=[n[0] for n in NOTICES])
def test_what_is_mended_is_said(frame, line):
    assert line in make_dataset(read_table(frame, "df"), "Churn").task.notices
