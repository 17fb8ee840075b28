"""Small tables as people bring them, each with what is right: a score near that of its clean form, roles, labels."""

import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pandas as pd

N_FRESH = 120


@dataclass(frozen=True)
class Case:
    """A table, and what is to come of it.

    Parameters
    ----------
    dataset : DataFrame or str
        The name of a file in the folder.
    target : str
    fresh, truth : DataFrame, Series or None
        Raw rows that were not learned from, and their target.
    new_file : str
        The same rows as a file.
    options : dict
        Of the start.
    least : float
        Score of the fresh rows, accuracy or R², that a usual model reaches on the clean form, less what chance may do.
    classes : tuple or None
        Labels in their type.
    roles : dict
        Of some columns; several may be right, parted by a bar.
    n_rows : int
        To learn from, the holdout included; 0: not asked.
    said : tuple of tuple of str
        Words that a notice has, a tuple each.
    refused : tuple of str
        Words of the line that refuses the table; empty where it is taken.
    refuses_new : tuple of str
        Words of the line that refuses `new_file`.
    """

    dataset: pd.DataFrame | str
    target: str = "y"
    fresh: pd.DataFrame | None = None
    truth: pd.Series | None = None
    new_file: str = ""
    options: dict = field(default_factory=dict)
    least: float = 0.85
    classes: tuple | None = None
    roles: dict[str, str] = field(default_factory=dict)
    n_rows: int = 0
    said: tuple[tuple[str, ...], ...] = ()
    refused: tuple[str, ...] = ()
    refuses_new: tuple[str, ...] = ()


CASES: dict[str, Callable[[Path], Case]] = {}


def _case(make: Callable[[Path], Case]) -> Callable[[Path], Case]:
    CASES[make.__name__] = make
    return make


# --- parts of tables --------------------------------------------------------------------------------------------------


def _table(n: int = 380, problem: str = "binary") -> pd.DataFrame:
    """Two numbers and a category that decide, a number that does not, and a target."""
    r = np.random.default_rng(0)
    table = pd.DataFrame(
        {
            "alpha": r.normal(size=n), "beta": r.uniform(0, 10, n), "kind": r.choice(["red", "green", "blue"], n),
            "noise": r.integers(0, 50, n),
        }
    )  # fmt: skip
    score = 2 * table.alpha + 0.3 * (table.beta - 5) + 1.5 * (table.kind == "red") + r.normal(0, 0.6, n)
    if problem == "binary":
        table["y"] = (score > score.median()).astype(int)
    elif problem == "multiclass":
        table["y"] = pd.qcut(score, 3, labels=["low", "mid", "high"]).astype(str)
    else:
        table["y"] = score
    return table


def _of(table: pd.DataFrame, target: str = "y", **more) -> Case:
    """Keep some rows to ask about."""
    head, tail = table.iloc[:-N_FRESH].reset_index(drop=True), table.iloc[-N_FRESH:].reset_index(drop=True)
    return Case(head, target, tail.drop(columns=target), tail[target], **more)


def _in_files(case: Case, folder: Path, **how) -> Case:
    """Write the table, and the rows to ask about."""
    case.dataset.to_csv(folder / "table.csv", index=False, **how)
    case.fresh.to_csv(folder / "new.csv", index=False, **how)
    return replace(case, dataset="table.csv", new_file="new.csv")


def _content(folder: Path, text: str | bytes, name: str = "table.csv") -> str:
    (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    return name


def _price(write: Callable[[float], str], change=lambda table, r: table, **more) -> Case:
    """A price decides, written as it comes in exports."""
    r = np.random.default_rng(11)
    n = 600
    value = r.uniform(500, 9000, n)
    table = pd.DataFrame(
        {"price": [write(v) for v in value], "noise": r.integers(0, 9, n), "group": r.choice(list("ab"), n)}
    )
    table = change(table, r)
    table["y"] = np.where(value + r.normal(0, 500, n) > 4700, "sold", "kept")
    return _of(table, **{"roles": {"price": "numeric"}, "classes": ("kept", "sold")} | more)


def _european(value: float, digits: int = 2) -> str:
    return f"{value:,.{digits}f}".translate(str.maketrans(",.", ".,"))


def _half_years(form: str, **more) -> Case:
    """Dates whose half of the year decides."""
    r = np.random.default_rng(8)
    n = 700
    days = pd.Timestamp("2023-01-01") + pd.to_timedelta(r.integers(0, 365, n), unit="D")
    table = pd.DataFrame({"when": days.strftime(form), "x": r.normal(size=n)})
    table["y"] = np.where((days.month <= 6) ^ (r.random(n) < 0.03), "first", "second")
    return _of(table, **{"least": 0.93, "roles": {"when": "date"}} | more)


def _both(case: Case, change: Callable[[pd.DataFrame], pd.DataFrame], **more) -> Case:
    return replace(case, dataset=change(case.dataset.copy()), fresh=change(case.fresh.copy()), **more)


# --- names ------------------------------------------------------------------------------------------------------------


@_case
def names_are_numbers(folder):
    case = _of(_table(), "y")
    case.dataset.columns, case.fresh.columns = range(5), range(4)
    return replace(case, target="4")


@_case
def generated_name_is_taken(folder):
    """A date 'when' beside a column 'when_year' of the user's that decides."""
    table = _table()
    table["when"] = pd.Timestamp("2021-01-01") + pd.to_timedelta(
        np.random.default_rng(1).integers(0, 700, len(table)), unit="D"
    )
    return _of(table.rename(columns={"alpha": "when_year"}), roles={"when": "date", "when_year": "numeric"})


@_case
def line_break_in_a_name(folder):
    return _in_files(_of(_table().rename(columns={"alpha": "Price\n(USD)"})), folder)


# --- types ------------------------------------------------------------------------------------------------------------


@_case
def numbers_among_texts(folder):
    def change(table):
        table["kind"] = [{"red": "R", "green": 2, "blue": 3.5}[kind] for kind in table["kind"]]
        table.loc[::17, "kind"] = None
        return table

    return _both(_of(_table()), change, roles={"kind": "categorical"})


@_case
def lists_in_cells(folder):
    """The length of a list decides."""

    def change(table):
        table["tags"] = [["t"] * int(b) for b in table.pop("beta")]
        table["info"] = [{"k": int(n)} for n in table["noise"]]
        table["embedding"] = [np.array([a, a * 2]) for a in table["alpha"]]
        table["set"] = [{1, int(n)} for n in table["noise"]]
        return table

    return _both(_of(_table()), change, least=0.8)


def _gaps(types: Callable[[pd.DataFrame], pd.DataFrame], n: int) -> Case:
    def change(table):
        r = np.random.default_rng(len(table))
        table = types(table)
        for name in table.columns.drop("y", errors="ignore"):
            table.loc[r.choice(len(table), 15, replace=False), name] = pd.NA
        return table

    return _both(_of(_table(n)), change, least=0.75)


@_case
def converted_types_with_missing_values(folder):
    return _gaps(lambda table: table.convert_dtypes(), 420)


@_case
def strings_with_missing_values(folder):
    keep = ["kind", "alpha", "y"]
    return _gaps(lambda t: t[[name for name in keep if name in t]].astype({"kind": "string"}), 420)


@_case
def nullable_types_in_few_rows(folder):
    def types(table):
        table["flag"] = pd.Series(table["beta"] > 5, dtype="boolean")
        return table.astype({"alpha": "Float64", "noise": "Int64", "kind": "string"}).drop(columns="beta")

    return _gaps(types, 270)


# --- targets ----------------------------------------------------------------------------------------------------------


@_case
def intervals_as_target(folder):
    table = _table(problem="regression")
    table["y"] = pd.cut(table["y"], [-20, -1, 1.5, 20])
    return _of(table, least=0.75)


@_case
def quantiles_as_target(folder):
    table = _table(problem="regression")
    table["y"] = pd.qcut(table["y"], 3)
    return _of(table, least=0.7)


@_case
def na_is_a_class(folder):
    table = _table(problem="multiclass")
    table["y"] = table["y"].map({"low": "NA", "mid": "EU", "high": "AS"})
    return _in_files(_of(table, classes=("AS", "EU", "NA"), n_rows=260, least=0.7), folder)


@_case
def classes_of_few_rows(folder):
    case = _of(_table(problem="multiclass"), least=0.65, said=(("'solo'", "'duo'"),))
    case.dataset.loc[:5, "y"] = ["solo", "duo", "duo", "trio", "trio", "trio"]
    return case


@_case
def labels_of_the_test_table_end_in_a_full_stop(folder):
    table = _table()
    table["y"] = table["y"].map({0: "<=50K", 1: ">50K"})
    case = _in_files(_of(table), folder)
    case.fresh.assign(y=case.truth + ".").to_csv(folder / "test.csv", index=False)
    return replace(case, options={"test": "test.csv"}, classes=("<=50K", ">50K"), said=(("<=50K.",),))


@_case
def thousands_as_target(folder):
    table = _table(problem="regression")
    table["y"] = 3000 + 700 * table["y"]
    case = _of(table)
    case.dataset["y"] = [f"{v:,.2f}" for v in case.dataset["y"]]
    return _in_files(replace(case, classes=(), least=0.8, said=(("y", "number"),)), folder)


@_case
def percent_as_target(folder):
    table = _table(2000, problem="regression")
    table["y"] = (50 + 8 * table["y"]).round()
    case = _of(table)
    case.dataset["y"] = [f"{v:.0f}%" for v in case.dataset["y"]]
    return replace(case, classes=(), least=0.85)


@_case
def dates_as_target(folder):
    table = _table()
    day = pd.Timestamp("2020-01-01") + pd.to_timedelta(table["noise"], unit="D")
    table["y"] = day.dt.strftime("%Y-%m-%d")
    return Case(table, refused=("date",))


@_case
def one_label_written_in_three_ways(folder):
    table = _table()
    r = np.random.default_rng(0)
    table["y"] = [str(r.choice(["Yes", "yes", "Yes "])) if v else "No" for v in table["y"]]
    return Case(table, said=(("'Yes'", "'yes'"),))


# --- numbers in clothes -----------------------------------------------------------------------------------------------


@_case
def thousands(folder):
    return _in_files(_price(lambda v: f"{v:,.2f}"), folder)


@_case
def dollars(folder):
    return _in_files(_price(lambda v: f"${v:,.0f}"), folder)


@_case
def percent(folder):
    return _price(lambda v: f"{v / 100:.1f}%")


@_case
def units(folder):
    return _price(lambda v: f"{v:.0f} CC")


@_case
def decimal_commas(folder):
    return _in_files(_price(lambda v: f"{v:.2f}".replace(".", ",")), folder, sep=";")


@_case
def decimal_commas_and_thousands(folder):
    def change(table, r):
        table["ratio"] = [_european(x, 1) for x in r.uniform(0, 40, len(table))]
        return table

    roles = {"price": "numeric", "ratio": "numeric"}
    return _in_files(_price(_european, change, roles=roles), folder, sep=";")


@_case
def unknown_in_a_fifth(folder):
    def change(table, r):
        table["price"] = table["price"].where(r.random(len(table)) > 0.2, "unknown")
        return table

    return _in_files(_price(lambda v: f"{v:.1f}", change, least=0.75, said=(("price", "unknown"),)), folder)


# --- dates ------------------------------------------------------------------------------------------------------------


@_case
def day_first(folder):
    return _in_files(_half_years("%d/%m/%Y"), folder)


@_case
def day_first_with_points(folder):
    return _half_years("%d.%m.%Y")


@_case
def time_column_of_small_days(folder):
    """Days 1 to 9 in rows that are in order: only day first puts them in order."""
    table = _table(300)
    days = [pd.Timestamp(2023, 1 + i // 27, 1 + (i % 27) // 3) for i in range(300)]
    table["at"] = [f"{day:%d/%m/%Y}" for day in days]
    return Case(table, options={"time": "at"}, roles={"at": "date"}, said=(("at", "day"),))


# --- files ------------------------------------------------------------------------------------------------------------


@_case
def western_windows_encoding(folder):
    table = _table()
    table["y"] = table["y"].map({0: "10–20 €", 1: "20–30 €"})
    case = _of(table, classes=("10–20 €", "20–30 €"), said=(("cp1252",),))
    return _in_files(case, folder, encoding="cp1252")


@_case
def semicolons_and_decimal_commas(folder):
    return _in_files(_of(_table(problem="regression"), classes=(), least=0.8), folder, sep=";", decimal=",")


@_case
def semicolons_and_nothing_but_numbers(folder):
    table = _table(problem="regression").drop(columns="kind")
    return _in_files(_of(table, classes=(), least=0.6), folder, sep=";", decimal=",")


@_case
def new_file_lacks_a_column(folder):
    case = _in_files(_of(_table()), folder)
    case.fresh.drop(columns="alpha").to_csv(folder / "new.csv", index=False)
    return replace(case, refuses_new=("alpha",))


@_case
def no_header(folder):
    text = _of(_table()).dataset.to_csv(index=False)
    name = _content(folder, "\n".join(text.splitlines()[1:]))
    return Case(name, "column_5", n_rows=260, classes=(0, 1), said=(("first line", "column_1"),))


@_case
def index_in_the_file(folder):
    case = _of(_table(), roles={"Unnamed: 0": "identifier"}, said=(("Unnamed: 0",),))
    case.dataset.to_csv(folder / "table.csv")
    return replace(case, dataset="table.csv")


@_case
def zip_of_one_table(folder):
    case = _of(_table())
    with zipfile.ZipFile(folder / "train.zip", "w") as archive:
        archive.writestr("train.csv", case.dataset.to_csv(index=False))
    return replace(case, dataset="train.zip", n_rows=260)


@_case
def workbook_that_ends_in_csv(folder):
    with zipfile.ZipFile(folder / "table.csv", "w") as archive:
        archive.writestr("xl/workbook.xml", "<a/>")
    return Case("table.csv", refused=("excel",))


@_case
def page_in_place_of_a_table(folder):
    page = (
        "<!DOCTYPE html>\n<html>\n<head><title>Sign in</title></head>\n<body>\n<p>Please sign in.</p>\n</body></html>\n"
    )
    return Case(_content(folder, page), refused=("HTML",))


@_case
def pointer_in_place_of_a_table(folder):
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'4d7a' * 16}\nsize 12345\n"
    return Case(_content(folder, pointer), refused=("Git LFS",))


@_case
def json_with_codes_and_times(folder):
    """Text '007', digits as text, and a number column that is called updated_at."""
    table = _table()
    table["code"] = [f"00{n % 7}" for n in table["noise"]]
    table["updated_at"] = (table["beta"] * 1000).astype(int)
    table["sku"] = [f"{n}" for n in table["noise"]]
    case = _of(table, roles={"code": "categorical"})
    case.dataset.to_json(folder / "table.jsonl", orient="records", lines=True)
    case.fresh.to_json(folder / "new.jsonl", orient="records", lines=True)
    return replace(case, dataset="table.jsonl", new_file="new.jsonl")


@_case
def running_numbers_in_a_table_sorted_by_class(folder):
    r = np.random.default_rng(0)
    n = 400
    table = pd.DataFrame({"RowNumber": np.arange(1, n + 1), "a": r.normal(size=n), "b": r.normal(size=n)})
    table["y"] = np.repeat(["no", "yes"], n // 2)
    table = table.sample(frac=1, random_state=0)
    return Case(table, roles={"RowNumber": "identifier"}, said=(("RowNumber", "--role"),))


# --- few rows ---------------------------------------------------------------------------------------------------------


@_case
def four_positives_of_five_hundred(folder):
    r = np.random.default_rng(0)
    table = pd.DataFrame({"a": r.normal(size=500), "b": r.normal(size=500), "y": "no"})
    table.loc[table.a.nlargest(4).index, "y"] = "yes"
    return Case(table, classes=("no", "yes"))


@_case
def six_classes_of_four_rows(folder):
    table = _table(24)
    table["y"] = list("abcdef") * 4
    return Case(table, classes=tuple("abcdef"))


@_case
def text_without_words(folder):
    r = np.random.default_rng(0)
    table = _table(320)
    table["memo"] = [" ".join(r.choice(list("!?.;:+*"), 8)) for _ in range(len(table))]
    return _of(table, least=0.75)


@_case
def r2_of_noise(folder):
    r = np.random.default_rng(0)
    table = pd.DataFrame({"a": r.normal(size=120), "b": r.normal(size=120), "y": r.normal(size=120)})
    table["c"] = r.choice(list("abcdefgh"), 120)
    table.to_csv(folder / "table.csv", index=False)
    return Case("table.csv", options={"metric": "r2"}, classes=())


# --- new rows ---------------------------------------------------------------------------------------------------------


@_case
def codes_that_are_digits_only_in_new_rows(folder):
    r = np.random.default_rng(4)
    n = 620
    code = r.choice(["10", "20", "30", "X1", "X2"], n)
    table = pd.DataFrame({"code": code, "x": r.normal(size=n)})
    table["y"] = np.where(np.isin(code, ["10", "X1"]) ^ (r.random(n) < 0.05), "in", "out")
    case = _of(table, roles={"code": "categorical"})
    keep = ~case.fresh["code"].str.startswith("X")
    case = _in_files(replace(case, fresh=case.fresh[keep].reset_index(drop=True)), folder)
    return replace(case, fresh=pd.read_csv(folder / "new.csv"), truth=case.truth[keep].reset_index(drop=True))


@_case
def durations(folder):
    r = np.random.default_rng(0)
    hours = r.uniform(0, 48, 520)
    table = pd.DataFrame({"wait": pd.to_timedelta(hours, unit="h"), "x": r.normal(size=520)})
    table["y"] = np.where((hours > 24) ^ (r.random(520) < 0.04), "late", "ok")
    return _of(table, roles={"wait": "numeric"}, least=0.9)


@_case
def empty_category_in_the_test_table(folder):
    case = _in_files(_of(_table()), folder)
    case.fresh.assign(y=case.truth, kind=np.nan).to_csv(folder / "test.csv", index=False)
    return replace(case, options={"test": "test.csv"})
