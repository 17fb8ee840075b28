"""Roles of columns, and what is suggested aloud."""

import datetime

import numpy as np
import pandas as pd
import pytest

from mlestar_jupyter.data.reading import read_table
from mlestar_jupyter.data.roles import find_columns
from mlestar_jupyter.errors import DataError, SettingError
from mlestar_jupyter.modalities.derivation import derive
from mlestar_jupyter.problems.recognition import find_problem, make_dataset

pytestmark = pytest.mark.fast

N = 200
RANDOM = np.random.default_rng(0)
NUMBERS = RANDOM.normal(size=N).round(3)


def columns_of(frame, group=None, time=None):
    contract = derive(frame, "")
    return find_columns(contract.apply(frame)[0], contract, group, time)


def role_of(values, name="x"):
    (column,), _ = columns_of(pd.DataFrame({name: values}))
    return column


@pytest.mark.parametrize(
    ("values", "role"),
    [
        (NUMBERS, "numeric"),
        (RANDOM.integers(0, 3, N), "numeric"),
        (RANDOM.choice(["a", "b"], N), "categorical"),
        (RANDOM.random(N) > 0.5, "categorical"),
        (pd.Categorical(RANDOM.choice(["a", "b"], N)), "categorical"),
        (pd.date_range("2026-01-01", periods=N), "date"),
        ([datetime.date(2026, 1, 1 + i % 28) for i in range(N)], "date"),
        ([f"2026-01-{1 + i % 28:02d} 10:00" for i in range(N)], "date"),
        ([f"{1 + i % 12}/{1 + i % 28}/2026" for i in range(N)], "date"),
        ([f"customer {i} wrote a long letter about it" for i in range(N)], "text"),
        ([f"C-{i}" for i in range(N)], "identifier"),
        (np.arange(N) + 1000, "identifier"),
        (["same"] * N, "constant"),
        ([None] * N, "empty"),
        ([f"{i:05d}" for i in RANDOM.integers(0, 50, N)], "categorical"),
        (RANDOM.choice(["Mon", "Tue", "May"], N), "categorical"),
    ],
)
def test_role(values, role):
    assert role_of(values).role == role


def test_unique_floats_are_no_identifier():
    assert role_of(np.arange(N) + 0.5, "customer_id").role == "numeric"


def test_an_id_by_name_is_an_identifier_though_it_repeats():
    assert role_of(np.repeat(np.arange(50) * 7, 4), "idcode").role == "identifier"
    assert role_of(np.repeat(np.arange(50) * 7, 4), "width").role == "numeric"


def running(change, start=0):
    """Numbers of rows, changed."""
    return change(pd.Series(np.arange(start, start + 400)))


@pytest.mark.parametrize(
    "numbers",
    [
        running(lambda s: s, start=1),
        running(lambda s: s, start=70_001),
        running(lambda s: s.sample(frac=1, random_state=0)),
        running(lambda s: s * 10),
        running(lambda s: s.drop(range(0, 400, 3))),
        running(lambda s: s.sample(200, random_state=0)),
        running(lambda s: s.astype(float)),
        running(lambda s: s.where(s % 50 != 7)),
        running(lambda s: s.astype(str)),
        running(lambda s: 5 * s.sample(150, random_state=0)),
        pd.Series(np.random.default_rng(1).choice(100_000, 3_000, replace=False)),
    ],
    ids=["from 1", "later", "shuffled", "steps", "deleted", "deleted and shuffled", "floats", "some missing", "text",
         "steps, deleted", "drawn from many"],
)  # fmt: skip
def test_numbers_of_rows_are_identifiers(numbers):
    assert role_of(numbers.to_numpy()).role == "identifier"


@pytest.mark.parametrize(
    ("name", "numbers"),
    [
        ("year", np.arange(1900, 2100)),
        ("YEAR", np.arange(1900.0, 2100)),
        ("x", np.linspace(0, 1, N)),
        ("x", np.random.default_rng(0).integers(0, 10**7, N)),
        ("x", np.random.default_rng(0).integers(0, N, N)),
        ("rank", [*range(60), *[None] * 140]),
        ("month", [*range(1, 13)] * 16 + [1] * 8),
    ],
)
def test_what_counts_up_and_yet_says_something_is_a_number(name, numbers):
    assert role_of(numbers, name).role == "numeric"


def test_an_index_is_known_by_its_name_too():
    sampled = np.random.default_rng(0).choice(10**9, N, replace=False)
    assert role_of(sampled, "Unnamed: 0").role == "identifier"
    assert role_of(sampled, "amount").role == "numeric"
    twice = [*range(100), *range(100)]  # of two tables, one below the other
    assert role_of(twice, "index").role == "identifier"
    assert role_of(twice, "day").role == "numeric"


def sorted_by_class(n=500):
    """A table without any signal but the order of its rows."""
    random = np.random.default_rng(3)
    frame = pd.DataFrame({"noise": random.normal(size=n), "label": np.repeat(["no", "yes"], n // 2)})
    frame.insert(0, "RowNumber", np.arange(1, n + 1))
    return frame


@pytest.mark.parametrize("test", [0, 0.2, 0.5])
@pytest.mark.parametrize("kept", [slice(None), slice(None, None, 3)], ids=["all", "some deleted"])
def test_numbers_of_rows_are_found_before_the_split(test, kept):
    frame = sorted_by_class().iloc[kept]
    task = make_dataset(read_table(frame), "label", test=test).task
    assert task.names("identifier") == ["RowNumber"]
    assert (
        "Identifiers, which a model would learn by heart: RowNumber. Not used as inputs; "
        "keep one with --role RowNumber=number." in task.notices
    )


def test_roles_do_not_depend_on_the_target_or_on_the_split():
    frame = sorted_by_class().assign(other=np.tile(NUMBERS, 3)[:500])
    frame.loc[::4, "label"] = None
    tasks = [make_dataset(read_table(frame), "label", test=test, seed=seed).task for test, seed in ((0, 0), (0.3, 5))]
    tasks.append(make_dataset(read_table(frame.assign(label=np.arange(500) / 3)), "label").task)
    assert len({tuple((c.name, c.role, c.n_unique) for c in task.columns) for task in tasks}) == 1


def test_a_column_that_never_varies_in_the_rows_to_learn_from_is_not_used():
    frame = pd.DataFrame({"x": NUMBERS, "flag": 0.0, "label": ["no", "yes"] * (N // 2)})
    frame.loc[:4, "flag"] = [1, 2, 3, 4, 5]
    frame.loc[:4, "label"] = None
    task = make_dataset(read_table(frame), "label").task
    assert [c.role for c in task.columns] == ["numeric", "constant"]
    assert (
        "The same value in every row, so that there is nothing to learn: flag. Not used as inputs; "
        "keep one with --role flag=number." in task.notices
    )


def shops(n=500):
    """Of sixty shops, whose number decides the target."""
    shop = np.random.default_rng(0).integers(0, 60, n)
    return pd.DataFrame({"store_id": shop, "x": np.arange(n) % 7, "y": np.where(shop % 3 == 0, "hi", "lo")})


@pytest.mark.parametrize("written", [lambda s: s, lambda s: s.astype(float), lambda s: "S" + s.astype(str)])
def test_an_id_that_comes_back_is_a_category_and_perhaps_a_group(written):
    frame = shops()
    frame["store_id"] = written(frame["store_id"])
    task = make_dataset(read_table(frame), "y").task
    assert task.columns[0].role == "categorical"
    assert any("add --group store_id if new ones are to be predicted" in notice for notice in task.notices)
    assert task.contract.apply(frame.head(3))[0]["store_id"].tolist() == [
        str(value).removesuffix(".0") for value in frame["store_id"].head(3)
    ]


def test_numbers_that_are_names_are_read_alike_however_they_come():
    task = make_dataset(read_table(shops()), "y").task
    rows = [{"store_id": value, "x": 1} for value in (7, 7.0, "7", "07", " 7", "7.0", np.int64(7), None, "new")]
    assert task.contract.apply(rows)[0]["store_id"].fillna("?").tolist() == ["7"] * 7 + ["?", "new"]


@pytest.mark.parametrize(
    ("name", "values", "option"),
    [
        ("customer_id", [f"C-{i}" for i in range(N)], "customer_id=category"),
        ("patient id", np.arange(N) * 7, "'patient id=category'"),
        ("sku", [f"C-{i}" for i in range(N)], "sku=text"),
        ("RowNumber", np.arange(N), "RowNumber=number"),
        ("Unnamed: 0", np.arange(N), "'Unnamed: 0=number'"),
    ],
)
def test_what_is_left_out_says_how_it_is_kept(name, values, option):
    frame = pd.DataFrame({name: values, "x": NUMBERS, "label": ["no", "yes"] * (N // 2)})
    task = make_dataset(read_table(frame), "label").task
    assert (
        f"Identifiers, which a model would learn by heart: {name}. Not used as inputs; keep one with --role {option}."
    ) in task.notices
    column, role = option.strip("'").split("=")
    assert make_dataset(read_table(frame), "label", roles={column: role}).task.columns[0].role != "identifier"


@pytest.mark.parametrize(
    ("texts", "role"),
    [
        ([f"{('Mr.', 'Mrs.', 'Miss.')[i % 3]} N{i}" for i in range(N)], "text"),
        ([f"{('Apple', 'Sony', 'LG')[i % 3]} model {i}" for i in range(N)], "text"),
        ([f"{('ELEC', 'FURN', 'TOYS')[i % 3]}-{i:04d}" for i in range(N)], "identifier"),
        ([f"{('cat', 'dog')[i % 2]}.{i}.jpg" for i in range(N)], "identifier"),
        ([f"user{i}@{('gmail', 'web')[i % 2]}.org" for i in range(N)], "identifier"),
        ([f"Customer {i}" for i in range(N)], "identifier"),
        ([f"{RANDOM.bytes(8).hex()}-{RANDOM.bytes(2).hex()}" for _ in range(N)], "identifier"),
        (["".join(RANDOM.choice(list("abcXYZ0123456789"), 12)) for _ in range(N)], "identifier"),
    ],
)
def test_unique_texts_with_words_that_recur_are_text(texts, role):
    assert role_of(texts).role == role


# --- roles that a user asks for -----------------------------------------------------------------------------------


def mixed_table():
    codes = RANDOM.integers(0, 40, N)
    return pd.DataFrame(
        {
            "id": np.arange(N),
            "zip": [f"{code:05d}" for code in codes],
            "code": [str(c) if i % 3 else "none" if i % 2 else "x" for i, c in enumerate(codes)],
            "when": [f"{1 + c % 28}/{1 + c % 12}/2025" if i % 9 else "soon" for i, c in enumerate(codes)],
            "comment": [f"fine {c}" for c in codes],
            "x": NUMBERS,
            "label": RANDOM.choice(["no", "yes"], N),
        }
    )


def asked(frame, **roles):
    return make_dataset(read_table(frame), "label", roles=roles)


def test_a_role_decides_use_and_reading():
    frame = mixed_table()
    dataset = asked(frame, id="number", zip="category", code="number", when="date", comment="text", x="ignore")
    assert {c.name: c.role for c in dataset.task.columns} == {
        "id": "numeric", "zip": "categorical", "code": "numeric", "when": "date", "comment": "text", "x": "ignored",
    }  # fmt: skip
    X, _ = dataset.task.contract.apply(frame.drop(columns=["x", "label"]))
    assert X["zip"].tolist() == frame["zip"].tolist()
    known = pd.to_numeric(frame["code"], errors="coerce")
    np.testing.assert_array_equal(X["code"], known)
    days = pd.to_datetime(frame["when"], errors="coerce", dayfirst=True, format="mixed")
    np.testing.assert_array_equal(X["when"], days)
    notices = dataset.task.notices
    assert f"code: 'x' and the like cannot be read as a number: missing in {known.isna().sum()} rows." in notices
    assert f"when: 'soon' and the like cannot be read as a date: missing in {days.isna().sum()} rows." in notices
    assert "Left out, as you asked with --role: x." in notices
    assert not any("Identifiers" in notice for notice in notices)


def test_leading_zeros_of_a_file_are_kept_through_every_door(tmp_path):
    frame = mixed_table()
    frame.to_csv(tmp_path / "t.csv", index=False)
    roles = {"zip": "category"}
    dataset = make_dataset(read_table(tmp_path / "t.csv", texts=["zip"]), "label", test=tmp_path / "t.csv", roles=roles)
    contract = dataset.task.contract
    wanted = frame["zip"].tolist()
    assert dataset.development.X["zip"].tolist() == wanted
    assert dataset.holdout.open("test").X["zip"].tolist() == wanted
    assert contract.apply(frame)[0]["zip"].tolist() == wanted
    assert contract.apply(frame.to_dict("records"))[0]["zip"].tolist() == wanted
    for read in (contract.read_file, contract.read_table):
        assert contract.apply(read(tmp_path / "t.csv"))[0]["zip"].tolist() == wanted


def test_a_role_may_make_a_number_a_category_and_an_id_a_group():
    frame = pd.DataFrame({"n": RANDOM.integers(0, 9, N), "half": RANDOM.integers(0, 9, N) / 2, "x": NUMBERS})
    frame["label"] = RANDOM.choice(["no", "yes"], N)
    task = asked(frame, n="category", half="category", x="identifier").task
    assert [c.role for c in task.columns] == ["categorical", "categorical", "identifier"]
    rows = task.contract.apply([{"n": 3, "half": 2.5}, {"n": "3", "half": "2.5"}, {"n": 3.0, "half": 2}])[0]
    assert rows["n"].tolist() == ["3", "3", "3"]
    assert rows["half"].tolist() == ["2.5", "2.5", "2"]


@pytest.mark.parametrize(
    ("roles", "line"),
    [
        ({"zpi": "category"}, "There is no column 'zpi'. Did you mean 'zip'?"),
        ({"zip": "categry"}, "There is no role 'categry'. Did you mean 'category'?"),
        ({"label": "category"}, "--role names 'label', which is the target. Say with --problem what kind of target it is."),
        ({"comment": "number"}, "The column 'comment' cannot be read as a number: see 'fine 0'. "
                                "Leave out --role comment=number, or correct the column."),
    ],
)  # fmt: skip
def test_a_wrong_role_is_refused_in_a_line(roles, line):
    frame = mixed_table().assign(comment="fine 0")
    with pytest.raises((SettingError, DataError)) as caught:
        asked(frame, **roles)
    assert str(caught.value) == line


@pytest.mark.parametrize("role", ["text", "category", "identifier"])
def test_the_column_of_time_may_have_a_role_too(role):
    days = pd.date_range("2024-01-01", periods=N).strftime("%Y-%m-%d")
    frame = pd.DataFrame({"x": NUMBERS, "t": days[::-1], "y": np.arange(N) % 2})
    dataset = make_dataset(read_table(frame), "y", time="t", test=0, roles={"t": role})
    assert dataset.development.source.tolist() == list(range(N))[::-1]


def test_a_group_is_no_input():
    frame = shops().rename(columns={"y": "label"})
    with pytest.raises(SettingError) as caught:
        make_dataset(read_table(frame), "label", group="store_id", roles={"store_id": "category"})
    assert str(caught.value) == (
        "--role makes 'store_id' an input, and --group keeps it out of the inputs. Leave one of them out."
    )
    task = make_dataset(read_table(frame), "label", group="store_id", roles={"store_id": "ignore"}).task
    assert (task.group, task.columns[0].role) == ("store_id", "identifier")


def test_where_nothing_is_left_the_line_says_how_to_keep_a_column():
    frame = pd.DataFrame({"x": np.arange(N), "y": NUMBERS})
    with pytest.raises(DataError) as caught:
        make_dataset(read_table(frame), "y")
    assert str(caught.value) == (
        "No column can be learned from: x (identifier). "
        "Add input columns that differ between rows, or keep one with --role x=number."
    )
    assert make_dataset(read_table(frame), "y", roles={"x": "number"}).task.columns[0].role == "numeric"


def test_numbers_stored_as_text_with_blanks_and_marks():
    column = role_of([" ", "?", *map(str, NUMBERS[2:])])
    assert (column.role, column.stored_as_text) == ("numeric", True)
    assert column.missing == pytest.approx(2 / N)


@pytest.mark.parametrize("value", [-999, -99, 9999])
def test_numbers_that_stand_for_missing(value):
    values = NUMBERS.copy()
    values[:5] = value
    assert role_of(values).sentinels == (value,)
    assert role_of(values).missing == pytest.approx(5 / N)


def test_999_among_its_like_is_a_number():
    assert role_of([*RANDOM.integers(0, 2000, N).tolist(), 999, 999]).sentinels == ()


@pytest.mark.parametrize("name", ["household", "Haushalt", "x"])
def test_texts_that_come_back_in_runs_suggest_a_group_whatever_they_are_called(name):
    codes = np.repeat(np.arange(50), 4)
    frame = pd.DataFrame({name: [f"H{k:03d}" for k in codes], "kind": np.where(codes % 2, "a", "b")})
    said = f"{name} repeats (50 values, 4.0 rows each): add --group {name} if new ones are to be predicted."
    assert said in columns_of(frame)[1]
    shuffled = frame.sample(frac=1, random_state=0, ignore_index=True)
    assert "--group" not in str(columns_of(shuffled)[1])
    assert "--group" not in str(columns_of(frame.assign(**{name: codes * 1.5}))[1])


def test_a_date_suggests_time_and_an_id_suggests_group():
    frame = pd.DataFrame(
        {"day": pd.date_range("2026-01-01", periods=N).astype(str), "idcode": np.repeat(np.arange(50), 4)}
    )
    _, notices = columns_of(frame)
    assert (
        "day may order the rows (the rows are in its order): "
        "add --time day if later rows are to be predicted from earlier ones."
    ) in notices
    assert "idcode repeats (50 values, 4.0 rows each): add --group idcode if new ones are to be predicted." in notices
    _, notices = columns_of(frame.rename(columns={"day": "first day", "idcode": "store id"}))
    assert any("add --time 'first day' if" in notice for notice in notices)
    assert any("add --group 'store id' if" in notice for notice in notices)
    _, notices = columns_of(frame, "idcode", "day")
    assert not any("--time" in n or "--group" in n for n in notices)


@pytest.mark.parametrize(
    ("values", "problem", "classes"),
    [
        (["No", "Yes", "No"], "binary", ("No", "Yes")),
        ([True, False, False], "binary", (False, True)),
        ([0, 1, 1, 1], "binary", (0, 1)),
        ([1.0, 0.0, 1.0], "binary", (0.0, 1.0)),
        ([1, 2, 1, 1], "binary", (1, 2)),
        (["good", "bad", "good"], "binary", ("good", "bad")),
        ([3, 1, 2], "multiclass", (1, 2, 3)),
        (["b", "a", "c"], "multiclass", ("a", "b", "c")),
        (list(range(21)), "regression", ()),
        ([0.5, 1.5, 2.5], "regression", ()),
    ],
)
def test_problem_and_classes(values, problem, classes):
    kind = find_problem(pd.Series(values * 3, name="y"))
    assert (kind.problem.name, kind.labels) == (problem, classes)
    assert [type(label) for label in kind.labels] == [type(label) for label in classes]


def test_imbalance_is_said():
    kind = find_problem(pd.Series(["no"] * 196 + ["yes"] * 4, name="y"))
    assert kind.notices == (
        "The positive class is 'yes' (2.0% of the rows).",
        "Classes are not balanced: 'yes' is 2.0% of the rows.",
    )


def test_a_target_that_looks_like_an_identifier_is_refused():
    values = pd.Series([f"c{k}" for k in range(1000)], name="price")
    line = "The target 'price' has 1,000 classes in 1,000 rows: it looks like an identifier. Name another column."
    with pytest.raises(DataError, match=line + "$"):
        find_problem(values)
    with pytest.raises(DataError, match="Name another column, or add --problem regression."):
        find_problem(pd.Series(range(1000), name="price"), "multiclass")
