"""Datasets: rows kept, the split, and the same rows from the printed source."""

import numpy as np
import pandas as pd
import pytest

from mlestar_jupyter.data.reading import TableSource, read_table
from mlestar_jupyter.errors import DataError, SettingError
from mlestar_jupyter.problems.recognition import make_dataset
from mlestar_jupyter.problems.source import preparation_code

N = 120


def small_table():
    random = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "x": random.normal(size=N),
            "colour": random.choice(["red", "blue"], N),
            "when": pd.Series(pd.date_range("2026-01-01", periods=N))
            .sample(frac=1, random_state=1)
            .astype(str)
            .to_numpy(),
            "store": np.repeat([f"s{i}" for i in range(24)], 5),
            "label": random.choice(["no", "yes", "maybe"], N),
            "price": random.normal(size=N),
            "rating": random.integers(1, 6, N),
        }
    )


def spoiled(frame):
    frame.loc[3, ["label", "price", "rating"]] = None
    frame.loc[[5, 6], "label"] = "rare"
    frame.loc[7, "price"] = np.inf
    frame.loc[9, "when"] = None
    return frame


def run_code(code, *frames):
    """Run the printed source as a script does, on frames or on the files that it names."""
    names = {}
    exec(code, names)
    if not frames:
        frames = [names["read_table"](names["TABLE"])]
        frames += [names["read_test"](names["TEST"])] if "TEST" in names else []
    return names["split"](*frames)


@pytest.mark.parametrize("target", ["label", "price", "rating"])
@pytest.mark.parametrize("options", [{}, {"time": "when"}, {"group": "store"}, {"test": 0}, {"seed": 3, "test": 0.35}])
def test_printed_source_gives_the_same_rows(tmp_path, target, options):
    path = tmp_path / "t.csv"
    spoiled(small_table()).to_csv(path, index=False)
    table = read_table(path)
    dataset = make_dataset(table, target, **options)
    code = preparation_code(table.source, dataset.task, options.get("test", 0.2))
    assert "import mlestar" not in code
    development, holdout = run_code(code)
    check_equal(development, dataset.development, target)
    if options.get("test") == 0:
        assert len(holdout) == 0
    else:
        check_equal(holdout, dataset.holdout.open("test"), target)


def test_printed_source_reads_roles_and_ids_alike(tmp_path):
    frame = small_table().assign(zip=[f"{i % 30:05d}" for i in range(N)], store_id=np.arange(N) % 20)
    frame.loc[4, "store_id"] = None
    roles = {"zip": "category", "rating": "category", "when": "text", "colour": "ignore"}
    frame.to_csv(tmp_path / "t.csv", index=False)
    table = read_table(tmp_path / "t.csv", texts=["zip", "rating", "when"])
    dataset = make_dataset(table, "label", roles=roles)
    assert {"00007", "00029"} <= set(dataset.development.X["zip"])
    assert set(dataset.development.X["store_id"].dropna()) == {str(n) for n in range(20)}
    development, holdout = run_code(preparation_code(table.source, dataset.task, 0.2))
    check_equal(development, dataset.development, "label")
    check_equal(holdout, dataset.holdout.open("test"), "label")


def check_equal(frame, rows, target):
    assert frame.index.tolist() == rows.source.tolist()
    pd.testing.assert_frame_equal(frame.drop(columns=target).reset_index(drop=True), rows.X)
    np.testing.assert_array_equal(frame[target].to_numpy(), rows.y)


def test_a_given_holdout_and_its_source(tmp_path):
    frame = spoiled(small_table())
    frame.iloc[:90].to_csv(tmp_path / "train.csv", index=False)
    frame.iloc[90:].assign(extra=1).to_csv(tmp_path / "test.csv", index=False)
    table = read_table(tmp_path / "train.csv")
    dataset = make_dataset(table, "label", test=tmp_path / "test.csv")
    assert (len(dataset.development), len(dataset.holdout)) == (87, 30)
    source = read_table(tmp_path / "test.csv").source
    development, holdout = run_code(preparation_code(table.source, dataset.task, source))
    check_equal(development, dataset.development, "label")
    rows = dataset.holdout.open("test")
    np.testing.assert_array_equal(holdout["label"].to_numpy(), rows.y)


def test_dropped_rows_are_said():
    task = make_dataset(read_table(spoiled(small_table())), "label", time="when").task
    assert "1 row without a value of label left out (0.8%)." in task.notices
    assert "1 row without a value of when left out." in task.notices
    assert any("their rows were left out: 'rare' (2 rows)" in notice for notice in task.notices)
    assert task.classes == ("maybe", "no", "yes")
    task = make_dataset(read_table(spoiled(small_table())), "price").task
    assert "1 row with an infinite price left out." in task.notices


def test_holdout_is_last_in_time_and_holds_whole_groups():
    table = read_table(small_table())
    by_time = make_dataset(table, "price", time="when")
    assert by_time.development.X["when"].max() < by_time.holdout.open("test").X["when"].min()
    assert by_time.development.X["when"].is_monotonic_increasing
    by_group = make_dataset(table, "price", group="store")
    assert not set(by_group.development.X["store"]) & set(by_group.holdout.open("test").X["store"])
    assert by_group.task.columns[3].role == "identifier"


def test_split_is_stratified_and_disjoint(churn):
    dataset = make_dataset(read_table(churn), "Churn")
    holdout = dataset.holdout.open("test")
    assert dataset.task.classes == ("No", "Yes")
    assert holdout.y.mean() == pytest.approx(dataset.development.y.mean(), abs=0.01)
    assert sorted([*dataset.development.source, *holdout.source]) == list(range(600))


def test_opening_the_holdout_is_said():
    reasons = []
    dataset = make_dataset(read_table(small_table()), "label", on_open=reasons.append)
    assert len(dataset.holdout) == 24
    assert reasons == []
    dataset.holdout.open("validation")
    assert reasons == ["validation"]


def test_data_id_follows_content_and_split():
    frame = small_table()
    same = [make_dataset(read_table(frame.copy()), "label").task.data_id for _ in range(2)]
    changed = frame.copy()
    changed.loc[0, "x"] += 1
    others = [
        make_dataset(read_table(changed), "label").task.data_id,
        make_dataset(read_table(frame.rename(columns={"x": "z"})), "label").task.data_id,
        make_dataset(read_table(frame), "label", seed=1).task.data_id,
        make_dataset(read_table(frame), "label", test=0.3).task.data_id,
    ]
    assert same[0] == same[1]
    assert len({same[0], *others}) == 5


def test_infinite_inputs_and_empty_columns_are_said():
    frame = small_table().assign(nothing=None)
    frame.loc[0, "x"] = np.inf
    task = make_dataset(read_table(frame), "label", test=0).task
    assert "Infinite values, or too large to compute with, in x: they count as missing." in task.notices
    assert "No value in any row: nothing. Not used." in task.notices
    assert "No holdout: validation cannot measure on unseen rows." in task.notices


def test_a_dataframe_prints_by_its_name():
    frame = small_table()
    table = read_table(frame, "shop")
    dataset = make_dataset(table, "label")
    development, _ = run_code(preparation_code(table.source, dataset.task, 0.2), frame)
    check_equal(development, dataset.development, "label")
    assert table.source == TableSource("shop", None, keeps_types=True)


@pytest.mark.parametrize("test", [-0.1, 0.95, 2, "1.5"])
def test_share_of_the_holdout_is_checked(test):
    with pytest.raises(SettingError, match="The setting 'test' is"):
        make_dataset(read_table(small_table()), "label", test=test)


def test_class_that_falls_into_the_holdout_whole():
    frame = small_table().sort_values("when")
    frame["label"] = ["early"] * 100 + ["late"] * 20
    with pytest.raises(DataError) as caught:
        make_dataset(read_table(frame), "label", time="when")
    assert str(caught.value) == (
        "All rows of the class 'late' fall into the holdout (0.2 of the rows). Give a smaller --test, or 0 for none."
    )


def test_a_holdout_that_leaves_too_little_is_refused():
    with pytest.raises(DataError) as caught:
        make_dataset(read_table(small_table().head(20)), "price", test=0.9)
    assert str(caught.value) == "The holdout leaves 2 rows to learn from. Give a smaller --test, or 0 for none."


def test_groups_and_time_together_are_pointed_out():
    task = make_dataset(read_table(small_table()), "price", time="when", group="store").task
    assert (
        "32 rows left out of both sides of the split, of a store that is on the other side: 82 to learn from, 6 sealed. "
        "Deployment's last fit has them too. Leave --group out if each store is known when it is predicted."
    ) in task.notices


def test_test_rows_without_a_time_are_counted():
    test = small_table().assign(when=lambda t: t["when"].where(t.index > 2))
    task = make_dataset(read_table(small_table()), "price", time="when", test=test).task
    assert "3 rows of the test table left out: without a value of when." in task.notices
    with pytest.raises(DataError) as caught:
        make_dataset(read_table(small_table()), "price", time="when", test=test.assign(when=None))
    assert str(caught.value) == "The test table 'test' has no value of 'when' in a row that can be used. Correct it."


NUMBERS = np.random.default_rng(0).uniform(500, 9000, 200)


@pytest.mark.parametrize(
    ("write", "read"),
    [
        (lambda v: f"{v:,.2f}", NUMBERS.round(2)),
        (lambda v: f"${v:,.0f}", NUMBERS.round()),
        (lambda v: f"{v / 100:.0f}%", (NUMBERS / 100).round()),
        (lambda v: f"{v:.1f} kg".replace(".", ","), NUMBERS.round(1)),
        (lambda v: f"{v:.1f}", NUMBERS.round(1)),
        (lambda v: f"{int(v // 60)}h {int(v) % 60}m", NUMBERS // 1 * 60),
    ],
)
def test_a_target_in_text_is_a_regression_where_its_texts_are_numbers(tmp_path, write, read):  # T12
    frame = pd.DataFrame({"x": NUMBERS, "y": [write(v) for v in NUMBERS]})
    frame.to_csv(tmp_path / "t.csv", index=False)
    for table in (read_table(frame), read_table(tmp_path / "t.csv")):
        made = make_dataset(table, "y", test=0)
        assert made.task.problem == "regression"
        np.testing.assert_allclose(made.development.y, read)
        line = "The target y holds numbers as text: predictions are plain numbers."
        assert (line in made.task.notices) == isinstance(table.frame["y"].iloc[0], str)


def test_few_texts_stay_classes_unless_a_regression_is_asked_for():
    frame = pd.DataFrame({"x": NUMBERS, "y": [f"${int(v // 2000) * 10}" for v in NUMBERS]})
    assert make_dataset(read_table(frame), "y").task.classes == ("$0", "$10", "$20", "$30", "$40")
    made = make_dataset(read_table(frame), "y", problem="regression", test=0)
    assert set(made.development.y) == {0.0, 10.0, 20.0, 30.0, 40.0}
    many = pd.DataFrame({"x": NUMBERS, "y": [str(100 + int(v) % 30) for v in NUMBERS]})
    assert len(make_dataset(read_table(many), "y", problem="multiclass").task.classes) > 20


def test_targets_of_a_test_table_are_read_as_those_of_the_table():  # T9
    frame = pd.DataFrame({"x": NUMBERS, "y": [f"{v:,.2f} €" for v in NUMBERS]})
    test = pd.DataFrame({"x": [1.0, 2, 3], "y": ["1,234.50 €", "ask", "12"]})
    made = make_dataset(read_table(frame), "y", test=test)
    assert made.holdout.open("test").y.tolist() == [1234.5, 12.0]
    assert "The test table: y: 'ask' and the like cannot be read as a number: missing in 1 row." in made.task.notices
    plain = make_dataset(read_table(frame.assign(y=NUMBERS)), "y", test=test.assign(y=["5.5", "n.a.", "7"]))
    assert plain.holdout.open("test").y.tolist() == [5.5, 7.0]


def test_what_is_missing_in_a_target_is_counted():
    texts = ["call us" if i % 50 == 0 else f"{v:.1f}" for i, v in enumerate(NUMBERS)]
    notices = make_dataset(read_table(pd.DataFrame({"x": NUMBERS, "y": texts})), "y").task.notices
    assert "y: 'call us' cannot be read as a number: missing in 4 rows." in notices
    assert "4 rows without a value of y left out (2.0%)." in notices


def test_whole_numbers_that_a_float_would_make_equal_stay_text():  # T14
    start, n = 1234567890123456789, np.arange(60)
    wide = pd.DataFrame({"a": start + n % 20, "b": [start * 100 + int(v) % 20 for v in n], "x": n * 1.5, "y": n % 2})
    made = make_dataset(read_table(wide), "y")
    assert [(c.role, c.n_unique) for c in made.task.columns[:2]] == [("categorical", 20)] * 2
    assert made.task.contract.apply([{"a": start, "b": start * 100, "x": 1}])[0]["a"].tolist() == [str(start)]


def test_numbers_beyond_floats_are_no_dead_end():
    huge = pd.DataFrame(
        {"a": [10**400 + k for k in range(60)], "b": ["9" * 400, "1.5", "2.5"] * 20, "x": np.arange(60) * 1.5}
    )
    task = make_dataset(read_table(huge.assign(y=np.arange(60) % 2)), "y").task
    assert task.columns[2].role == "numeric"


@pytest.mark.parametrize("mark", [-999, 99999, 1e20])
def test_numbers_that_stand_for_missing_in_a_target_are_left_out_by_every_door(tmp_path, mark):
    frame = pd.DataFrame({"x": NUMBERS, "y": np.where(np.arange(len(NUMBERS)) % 20 == 0, mark, NUMBERS / 100)})
    frame.to_csv(tmp_path / "t.csv", index=False)
    table = read_table(tmp_path / "t.csv")
    made = make_dataset(table, "y", test=0)
    assert (
        f"10 rows whose y is {f'{mark:g}'} left out: it is far from all other values, as a mark of missing values is. "
        "To keep them, change it a little in the table."
    ) in made.task.notices
    assert len(made.development) == len(NUMBERS) - 10
    assert made.development.y.max() < 100
    code = preparation_code(table.source, made.task, 0)
    rows, _ = run_code(code, table.frame)
    check_equal(rows, made.development, "y")
    test = make_dataset(table, "y", test=pd.DataFrame({"x": [1.0, 2.0], "y": [5.0, mark]}))
    assert test.holdout.open("test").y.tolist() == [5.0]


def test_a_mark_of_missing_values_beside_few_values_of_its_size_is_kept():
    made = make_dataset(read_table(pd.DataFrame({"x": NUMBERS, "y": np.round(NUMBERS)}).replace(999, 998)), "y", test=0)
    assert not any("left out" in notice for notice in made.task.notices)


def test_yen_of_shift_jis_are_numbers_as_input_and_target(tmp_path):
    lines = [f'名,"\\{v:,.2f}","\\{v * 2:,.0f}"' for v in NUMBERS]
    (tmp_path / "t.csv").write_bytes("\n".join(["品,値,価", *lines]).encode("shift_jis"))
    made = make_dataset(read_table(tmp_path / "t.csv"), "価", test=0)
    assert made.task.problem == "regression"
    np.testing.assert_allclose(made.development.X["値"], NUMBERS, atol=0.01)
    np.testing.assert_allclose(made.development.y, NUMBERS * 2, atol=0.6)


def test_codes_with_an_e_in_a_file_are_shown_and_can_be_kept(tmp_path):
    frame = pd.DataFrame({"code": [f"{k % 9 + 1}E{k % 7 + 1}" for k in range(60)], "y": np.arange(60) % 2})
    frame.to_csv(tmp_path / "t.csv", index=False)
    task = make_dataset(read_table(tmp_path / "t.csv"), "y").task
    assert "code: read as numbers: '1E1' is 10. If that is a code, add --role code=category." in task.notices
    roles = {"code": "category"}
    kept = make_dataset(read_table(tmp_path / "t.csv", texts=["code"]), "y", roles=roles, test=0)
    assert kept.development.X["code"].tolist() == frame["code"].tolist()


def test_shares_in_a_test_table_are_pointed_out():
    frame = pd.DataFrame({"x": [f"{v / 100:.1f}%" for v in NUMBERS], "y": NUMBERS})
    test = pd.DataFrame({"x": [0.55, 0.25], "y": [1.0, 2.0]})
    line = "The test table: Column 'x', row 1: 0.55 has no % sign (and 1 more row). It is read as 0.55 %;"
    assert any(notice.startswith(line) for notice in make_dataset(read_table(frame), "y", test=test).task.notices)
