"""Targets that are labels: their types, their order, how they are written, and those of a test table."""

import datetime
import decimal
import json

import numpy as np
import pandas as pd
import pytest

from mlestar_jupyter.core.contract import Contract
from mlestar_jupyter.core.labels import aligned, without
from mlestar_jupyter.data.reading import read_table
from mlestar_jupyter.errors import DataError
from mlestar_jupyter.problems.recognition import find_problem, make_dataset
from mlestar_jupyter.problems.registry import problem_named
from mlestar_jupyter.problems.source import preparation_code

pytestmark = pytest.mark.fast

N = 120
RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=N)
CODES = RANDOM.integers(0, 3, N)
DAYS = pd.Timestamp("2024-01-31") + pd.to_timedelta(CODES, unit="D")


def task_of(y, **how):
    return make_dataset(read_table(pd.DataFrame({"x": X, "y": y})), "y", **how).task


# --- types --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("y", "classes", "said"),
    [
        (pd.cut(X, [-9, -1, 1, 9]), ("(-9, -1]", "(-1, 1]", "(1, 9]"), "intervals; predictions give them as text, such as '(-9, -1]'."),
        (list(pd.cut(X, [-9, -1, 1, 9])), ("(-9, -1]", "(-1, 1]", "(1, 9]"), "intervals; predictions give them as text, such as '(-9, -1]'."),
        (pd.PeriodIndex(["2024Q1", "2024Q2", "2023Q4"], freq="Q")[CODES], ("2023Q4", "2024Q1", "2024Q2"),
         "periods; predictions give them as text, such as '2023Q4'."),
        (pd.Series(DAYS), ("2024-01-31", "2024-02-01", "2024-02-02"),
         "dates; predictions give them as text, such as '2024-01-31'."),
        (pd.Series(DAYS).astype("category"), ("2024-01-31", "2024-02-01", "2024-02-02"),
         "dates; predictions give them as text, such as '2024-01-31'."),
        ([datetime.time(code) for code in CODES], ("00:00:00", "01:00:00", "02:00:00"),
         "times of day; predictions give them as text, such as '00:00:00'."),
        ([[b"no", b"yes"][code % 2] for code in CODES], ("no", "yes"), "bytes; predictions give them as text, such as 'no'."),
        (np.where(CODES > 0, b"yes", b"no"), ("no", "yes"), "bytes; predictions give them as text, such as 'no'."),
        ([decimal.Decimal("1.5") if code else decimal.Decimal(2) for code in CODES], (1.5, 2.0),
         "decimal numbers; predictions give them as numbers, such as 1.5."),
        ([[1, "a", 2.5][code] for code in CODES], ("1", "2.5", "a"),
         "of several types (float, int, str); predictions give them as text, such as '1'."),
        ([[(1, 2), (2, 1)][code % 2] for code in CODES], ("[1, 2]", "[2, 1]"),
         "of the type tuple; predictions give them as text, such as '[1, 2]'."),
    ],
    ids=["intervals", "interval objects", "periods", "timestamps", "categories of timestamps", "times", "bytes", "bytes of numpy",
         "decimals", "mixed", "tuples"],
)  # fmt: skip
def test_labels_that_come_back_in_another_type_are_said(y, classes, said):
    task = task_of(y)
    assert (set(task.classes), f"Labels of y are {said}" in task.notices) == (set(classes), True)
    if len(classes) > 2:
        assert task.classes == classes
    assert task.form.decoded(np.array([1, 0])).tolist() == [task.classes[1], task.classes[0]]


@pytest.mark.parametrize(
    ("y", "classes"),
    [
        (CODES > 0, (False, True)),
        (pd.Series(CODES > 0, dtype="boolean").mask(CODES == 1), (False, True)),
        ([None if i == 5 else bool(code) for i, code in enumerate(CODES)], (False, True)),
        (np.where(CODES > 0, 1.0, 2.0), (1.0, 2.0)),
        (np.where(np.arange(N) < 4, np.nan, CODES + 1.0), (1.0, 2.0, 3.0)),
        (pd.Series(CODES + 1.0).astype("category"), (1.0, 2.0, 3.0)),
        (pd.Series(CODES, dtype="Int64").mask(X > 1), (0, 1, 2)),
        (CODES.astype("int8"), (0, 1, 2)),
        ([np.str_("abc"[code]) for code in CODES], ("a", "b", "c")),
        ([f"{code}.0" for code in CODES], ("0.0", "1.0", "2.0")),
        (pd.Categorical.from_codes(CODES, ["low", "mid", "high"], ordered=True), ("low", "mid", "high")),
        (pd.Categorical.from_codes(CODES, ["low", "mid", "high", "unused"]), ("low", "mid", "high")),
    ],
)
def test_labels_come_back_in_their_type_and_order(y, classes):
    task = task_of(y)
    assert set(task.classes) == set(classes)
    assert len(classes) == 2 or task.classes == classes
    assert {type(label) for label in task.classes} == {type(label) for label in classes}
    assert not any("predictions give them" in notice for notice in task.notices)
    assert json.loads(json.dumps(task.classes)) == list(task.classes)


def test_whole_numbers_of_a_file_stay_whole_beside_missing_ones(tmp_path):
    pd.DataFrame({"x": X, "y": np.where(np.arange(N) < 4, np.nan, CODES)}).to_csv(tmp_path / "t.csv", index=False)
    text = (tmp_path / "t.csv").read_text().replace(".0\n", "\n")
    (tmp_path / "t.csv").write_text(text)
    assert make_dataset(read_table(tmp_path / "t.csv"), "y").task.classes == (0, 1, 2)


@pytest.mark.parametrize("written", ["%Y-%m-%d", "%d.%m.%Y", "%Y-%m-%d %H:%M", None])
def test_a_date_is_refused_in_a_line_that_says_what_to_do(written):
    days = pd.Timestamp("2024-01-31") + pd.to_timedelta(np.arange(N), unit="D")
    y = days if written is None else days.strftime(written)
    with pytest.raises(DataError) as caught:
        task_of(y)
    assert str(caught.value) == (
        f"The target 'y' is a date, such as {'2024-01-31' if written is None else y[0]!r}. "
        "Make it a number, such as the days until then, or give --problem multiclass if these are labels."
    )


@pytest.mark.parametrize("y", [pd.Series(DAYS), DAYS.strftime("%Y-%m-%d"), [day.date() for day in DAYS]])
def test_a_few_dates_are_classes_with_a_line_that_says_so(y):
    task = task_of(y)
    assert (
        "y has 3 dates as values, taken for classes: to predict a time, make it a number, such as the days until then."
    ) in task.notices
    assert task.classes == ("2024-01-31", "2024-02-01", "2024-02-02")


def test_a_duration_is_predicted_in_seconds():
    task = task_of(pd.to_timedelta(X, unit="h"))
    assert (task.problem, task.notices[-1]) == ("regression", "y is a duration: predictions are in seconds.")


def test_complex_numbers_are_refused():
    with pytest.raises(DataError, match="The target 'y' has complex numbers. Give one part of them as the target."):
        task_of(X + 1j)


# --- what may be meant --------------------------------------------------------------------------------------------


def test_labels_that_differ_in_writing_are_counted_and_stay_apart():
    task = task_of(np.array(["No", "Yes", "yes ", "yes"])[np.arange(N) % 4])
    assert task.classes == ("No", "Yes", "yes", "yes ")
    assert (
        "Labels of y that differ in writing alone, with their rows: 'Yes' (30), 'yes ' (30), 'yes' (30). Each is a class "
        "of its own; if they mean the same, write table['y'] = table['y'].str.strip().str.lower()."
    ) in task.notices


@pytest.mark.parametrize(
    ("labels", "how"),
    [
        (["yes", "yes "], ".str.strip()"),
        (["yes", "YES"], ".str.lower()"),
        (["yes", "ｙｅｓ"], '.str.normalize("NFKC")'),
        (["a b", "a\u00a0b"], '.str.normalize("NFKC")'),
        (["<=50K", "<=50K."], '.str.rstrip(".")'),
        (["New York", "New  York"], '.str.split().str.join(" ")'),
        (["New York", " new  york "], '.str.split().str.join(" ").str.lower()'),
        (["yes", "y\u200bes"], r'.str.replace("[\u00ad\u200b-\u200f\u2060\ufeff]", "", regex=True)'),
        (["yes", '"yes"', "'yes'"], """.str.strip("\\"'")"""),
        (["1", "1.0"], r""".str.replace(r"^(-?\d+)\.0$", r"\1", regex=True)"""),
        (["2024-01-31", "2024-01-31 00:00:00"], '.str.removesuffix(" 00:00:00")'),
        (["STRASSE", "straße"], ".str.casefold()"),
        (["yes", "\ufeff'ＹＥＳ '"], None),
    ],
)
@pytest.mark.parametrize("dtype", ["object", "category", None])
def test_the_notice_says_how_to_make_them_one(labels, how, dtype):
    table = pd.DataFrame({"y": pd.Series([*labels, "no"] * 9, dtype=dtype)})
    notice = next(n for n in find_problem(table["y"]).notices if "differ in writing alone" in n)
    code = notice.split("write ")[1].removesuffix(".")
    assert how is None or code == f"table['y'] = table['y']{how}"
    exec(code, {"table": table})
    assert table["y"].nunique() == 2


@pytest.mark.parametrize(
    ("labels", "classes", "how"),
    [
        (["1", 1, 2, "2 "], {"1", "2"}, ".str.strip()"),
        ([True, "TRUE", False], {"true", "false"}, ".str.lower()"),
        ([1.5, "1.5 ", 2.5], {"1.5", "2.5"}, ".str.strip()"),
    ],
)
def test_what_makes_labels_one_beside_numbers_loses_none(labels, classes, how):
    table = pd.DataFrame({"x": X, "y": pd.Series(labels * 40, dtype=object)[:120]})
    notice = next(n for n in make_dataset(read_table(table), "y").task.notices if "differ in writing alone" in n)
    code = notice.split("write ")[1].removesuffix(".")
    assert code == f"""table['y'] = table['y'].astype("string"){how}"""
    exec(code, {"table": table})
    assert (set(table["y"]), table["y"].isna().sum()) == (classes, 0)


@pytest.mark.parametrize(
    ("no", "yes"),
    [
        ("nein", "ja"), ("nej", "ja"), ("нет", "да"), ("N", "J"), ("-", "+"), ("non", "oui"), ("no", "si"),
        ("NO", "SÍ"), ("nie", "tak"), ("faux", "vrai"), ("falsch", "wahr"), ("いいえ", "はい"), ("否", "是"),
        ("hayır", "evet"), ("HAYIR", "EVET"), ("Não", "Sim"), ("N", "S"), ("ei", "kyllä"), ("nem", "igen"),
        ("όχι", "ναι"), ("아니오", "예"), ("لا", "نعم"), ("F", "V"), ("F", "T"), ("no", "disease"), ("nein", "gekündigt"),
        ("no-recurrence", "recurrence"), ("not survived", "survived"), ("negativ", "befallen"), ("false", "true"),
    ],
)  # fmt: skip
def test_the_positive_class_is_the_one_beside_a_label_that_says_no(no, yes):
    for labels in ([no] * 20 + [yes] * 40, [yes] * 20 + [no] * 40):
        assert find_problem(pd.Series(labels, name="y")).labels == (no, yes)


@pytest.mark.parametrize("pair", ["NO SE", "f m", "n m", "ne ca", "north south", "- x", "ei oi"])
def test_labels_that_only_look_so_leave_the_rarer_one_positive(pair):
    first, last = pair.split()
    assert find_problem(pd.Series([first] * 20 + [last] * 40, name="y")).labels == (last, first)
    assert find_problem(pd.Series([last] * 20 + [first] * 40, name="y")).labels == (first, last)


def test_a_rare_way_of_writing_is_pointed_out_though_it_is_left_out():
    y = pd.Series(["yes"] * 60 + ["no"] * 59 + ["No"])
    notices = task_of(y).notices
    assert any("'no' (59), 'No' (1)" in notice for notice in notices)
    assert any("left out: 'No' (1 row)" in notice for notice in notices)


@pytest.mark.parametrize(
    ("y", "problem", "said"),
    [
        (np.arange(N) % 5 + 1, "multiclass", "y has 5 whole numbers as values (1 to 5), taken for classes: add --problem regression if they are a quantity."),
        (np.arange(N) % 3, "multiclass", "y has 3 whole numbers as values (0 to 2), taken for classes: add --problem regression if they are a quantity."),
        (np.arange(N) % 24, "regression", "y has 24 whole numbers as values (0 to 23), taken for a quantity: add --problem multiclass if they are labels."),
        (np.arange(N) % 4 * 1.0, "regression", "y has 4 whole numbers as values (0 to 3), taken for a quantity: add --problem multiclass if they are labels."),
        (
            np.arange(N) % 4 / 2 + 0.5,
            "regression",
            "y has 4 numbers as values (0.5 to 2), taken for a quantity: add --problem multiclass if they are labels.",
        ),
    ],
)  # fmt: skip
def test_numbers_that_may_be_labels_or_a_quantity_are_pointed_out(y, problem, said):
    task = task_of(y)
    assert (task.problem, said in task.notices) == (problem, True)
    assert said not in task_of(y, problem=problem).notices


@pytest.mark.parametrize("y", [np.arange(N) % 2, np.arange(N), X, np.arange(N) % 50])
def test_other_numbers_are_not(y):
    assert not any("whole numbers as values" in notice for notice in task_of(y).notices)


# --- a test table -------------------------------------------------------------------------------------------------


def with_test(y, test_y, **how):
    table = read_table(pd.DataFrame({"x": X, "y": y}))
    return make_dataset(table, "y", test=pd.DataFrame({"x": X[: len(test_y)], "y": test_y}), **how)


WORDS = np.where(CODES > 0, ">50K", "<=50K")


@pytest.mark.parametrize(
    ("y", "test_y", "said"),
    [
        (WORDS, [f"{word}." for word in WORDS], "a full stop at the end"),
        (WORDS, [f" {word}. " for word in WORDS], "blanks and a full stop at the end"),
        (WORDS, [word.lower() for word in WORDS], "capitals"),
        (WORDS, [f'"{word}"' for word in WORDS], "quotes around them"),
        (CODES, [str(code) for code in CODES], "their type"),
        (CODES, [f"{code}.0" for code in CODES], "their type"),
        (CODES.astype(str), list(CODES), "their type"),
        (CODES.astype(str), list(CODES * 1.0), "their type"),
        (CODES > 0, list((CODES > 0).astype(int)), "their type"),
        ((CODES > 0).astype(int), list(CODES > 0), "their type"),
        (CODES > 0, [str(code > 0).upper() for code in CODES], "capitals"),
    ],
)
def test_labels_that_differ_in_one_way_are_read_as_the_known_ones(y, test_y, said):
    dataset = with_test(y, test_y)
    np.testing.assert_array_equal(dataset.holdout.open("test").y, with_test(y, list(y)).holdout.open("test").y)
    (notice,) = [notice for notice in dataset.task.notices if "are read as" in notice]
    assert notice.startswith("The test table: Labels of y are read as those that are known: ")
    assert notice.endswith(f"; they differ by {said}.")


def test_labels_beside_them_that_are_others_are_counted():
    dataset = with_test(WORDS, [*(f"{word}." for word in WORDS[:50]), "?", "?", None])
    assert len(dataset.holdout) == 50
    assert "1 row of the test table left out: without a value of y." in dataset.task.notices
    line = (
        "2 rows of the test table left out: labels of y that the table lacks: '?' (2 rows); known are '>50K', '<=50K'."
    )
    assert line in dataset.task.notices
    assert dataset.unknown_labels == "2 of 53 rows of the test table are left out, with labels that are not known"


def test_another_word_for_a_label_is_named_beside_the_known_ones():
    """Seen: 'nope' for 'no', and half of the test table was left out without a word of the likely cause."""
    words = ["no", "yes"] * 30
    words = [*words, *["no"] * (len(X) - len(words))]
    dataset = with_test(words, ["nope", "yes"] * 10 + ["no"])
    assert dataset.task.notices[-1].endswith(
        "'nope' (10 rows); known are 'no', 'yes'. If 'nope' is 'no', write them alike."
    )
    assert with_test(words, words).unknown_labels == ""


def test_labels_are_not_matched_where_two_would_be_one():
    dataset = with_test(WORDS, [*WORDS[:60], *(f"{word}." for word in WORDS[60:])])
    assert len(dataset.holdout) == 60
    assert any(
        notice.endswith("'>50K.' differs from '>50K' by a full stop at the end: write them alike.")
        for notice in dataset.task.notices
    )


@pytest.mark.parametrize(
    ("test_y", "line"),
    [
        (["a", "b", "a"], "The test table 'test' has no known label of 'y': it has 'a' (2 rows), 'b' (1 row); "
                          "known are '<=50K', '>50K'. Correct that column, or give a share."),
        ([None] * 3, "The test table 'test' has no value of 'y' in any row. "
                     "Give a test table whose target is known, or a share such as --test 0.2."),
    ],
)  # fmt: skip
def test_unknown_labels_are_named_beside_the_known_ones(test_y, line):
    with pytest.raises(DataError) as caught:
        with_test(np.where(CODES > 1, ">50K", "<=50K"), test_y)
    assert str(caught.value) == line


def test_what_is_no_number_is_counted():
    dataset = with_test(X, [*map(str, X[:50]), "n.a.", "n.a.", None])
    np.testing.assert_array_equal(dataset.holdout.open("test").y, X[:50])
    assert (
        "The test table: y: 'n.a.' and the like cannot be read as a number: missing in 2 rows." in dataset.task.notices
    )
    assert "3 rows of the test table left out: without a value of y." in dataset.task.notices
    notices = with_test(X, [*X[:50], np.inf]).task.notices
    assert "1 row of the test table left out: y is no number: inf (1 row)." in notices
    with pytest.raises(DataError, match=r"has no number as 'y': it has 'a' \(2 rows\)\. Correct that column\."):
        with_test(X, ["a", "a"])


def test_the_script_reads_the_labels_of_the_test_table_alike(tmp_path):
    pd.DataFrame({"x": X, "y": WORDS}).to_csv(tmp_path / "train.csv", index=False)
    pd.DataFrame({"x": X[:40], "y": [f" {word}." for word in WORDS[:40]]}).to_csv(tmp_path / "test.csv", index=False)
    table, test = read_table(tmp_path / "train.csv"), read_table(tmp_path / "test.csv")
    dataset = make_dataset(table, "y", test=tmp_path / "test.csv")
    names: dict[str, object] = {}
    exec(preparation_code(table.source, dataset.task, test.source), names)
    development, holdout = names["split"](names["read_table"](names["TABLE"]), names["read_test"](names["TEST"]))
    np.testing.assert_array_equal(development["y"], dataset.development.y)
    np.testing.assert_array_equal(holdout["y"], dataset.holdout.open("test").y)
    assert len(holdout) == 40


def test_labels_are_kept_with_the_contract():
    contract = task_of(CODES > 0).contract
    again = Contract.from_dict(json.loads(json.dumps(contract.to_dict())))
    assert again.labels == contract.labels == (False, True)
    old = {name: value for name, value in contract.to_dict().items() if name != "labels"}
    assert Contract.from_dict(old).labels == ()


def test_known_labels_are_left_alone():
    values = pd.Series(["a", "b", "B.", "zz", None])
    for found, labels in ((values, ("a", "b")), (pd.Series([1.0, 2.0]), (1, 2)), (pd.Series([], dtype=object), ("a",))):
        same, said = aligned(found, labels)
        pd.testing.assert_series_equal(same, found)
        assert said == ""


def test_what_labels_may_differ_by():
    assert {without(text) for text in ("yes", "Yes ", " YES.", "'yes'", "ｙｅｓ", "y\u200bes")} == {"yes"}


def test_labels_of_another_type_are_noticed_whole():
    task = task_of([decimal.Decimal("1.5") if code else decimal.Decimal(2) for code in CODES])
    assert "Labels of y are decimal numbers; predictions give them as numbers, such as 1.5." in task.notices


# --- the script -------------------------------------------------------------------------------------------------------


def test_script_scores_a_holdout_that_lacks_a_label():
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import log_loss

    task = task_of(CODES, problem="multiclass")
    model = LogisticRegression().fit(X[:, None], CODES)
    few = pd.DataFrame({"x": X, "y": CODES})[CODES < 2]
    imports, score = problem_named("multiclass").scoring(task.metric)
    names = {
        "model": model,
        "holdout": few,
        "inputs": lambda rows: rows[["x"]].to_numpy(),
        "TARGET": "y",
        "CLASSES": [0, 1, 2],
    }
    exec(imports, names)
    expected = log_loss(few["y"], model.predict_proba(few[["x"]].to_numpy()), labels=[0, 1, 2])
    assert eval(score, names) == pytest.approx(expected)
