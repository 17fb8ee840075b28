import numpy as np
import pandas as pd
import pytest

from mlestar_jupyter.data.panels import find_panel, group_notices, number_runs, runs_code
from mlestar_jupyter.data.reading import read_table
from mlestar_jupyter.problems.recognition import make_dataset
from mlestar_jupyter.problems.source import preparation_code

pytestmark = pytest.mark.fast


def _panel(persons=80, years=6, seed=0):
    """Persons over years: who they are stays, where they live mostly, what they earn goes with who they are."""
    generator = np.random.default_rng(seed)
    who = np.repeat(np.arange(persons), years)
    table = pd.DataFrame(
        {
            "born": generator.integers(1940, 1960, persons)[who],
            "school": generator.integers(8, 18, persons)[who],
            "region": generator.choice(["north", "south", None], persons)[who],
            "year": np.tile(np.arange(years), persons),
            "hours": generator.normal(40, 5, len(who)),
        }
    )
    moved = generator.random(len(who)) < 0.03
    table.loc[moved, "region"] = "west"
    return table.assign(wage=generator.normal(size=persons)[who] + 0.1 * table["year"]), who


def _dataset(table, **more):
    return make_dataset(read_table(table), "wage", **more)


def test_persons_over_years_are_kept_together_in_holdout_and_folds():
    table, who = _panel()
    dataset = _dataset(table)
    assert set(dataset.task.panel) == {"born", "school"}
    outside = set(who[dataset.holdout.open("test").source])
    inside = set(who[dataset.development.source])
    assert not outside & inside
    assert (
        "Neighbouring rows agree in born, school far beyond chance, as several rows of one person or thing do: such "
        "runs stay together in folds and holdout. Name their column with --group, or --group none if they are none."
    ) in dataset.task.notices


def test_one_that_moves_stays_the_same():
    table, who = _panel()
    runs = number_runs(table, ("born", "school", "region"))
    moved = np.flatnonzero((table["region"].to_numpy() == "west") & (np.r_[-1, who[:-1]] == who))
    assert len(moved)
    assert (runs[moved] == runs[moved - 1]).all()


@pytest.mark.parametrize("given", [{"group": "none"}, {"group": "born"}, {"time": "year"}])
def test_what_the_user_says_counts(given):
    dataset = _dataset(_panel()[0], **given)
    assert dataset.task.panel == ()
    assert dataset.task.group == (given.get("group") if given.get("group") != "none" else None)


def test_column_named_none_is_a_group():
    table = _panel()[0].rename(columns={"born": "none"})
    assert _dataset(table, group="none").task.group == "none"


def test_shuffled_rows_are_no_panel():
    table = _panel()[0].sample(frac=1, random_state=0)
    assert _dataset(table).task.panel == ()


def test_sorted_table_is_no_panel():
    table = _panel()[0].sample(frac=1, random_state=0).sort_values(["born", "school"], kind="stable")
    assert find_panel(table, ["born", "region", "hours"]) == ()


def test_one_column_that_holds_still_is_not_enough():
    table = _panel()[0]
    assert find_panel(table, ["school", "hours", "year"]) == ()


def test_churn_table_is_no_panel(churn_path):
    table = pd.read_csv(churn_path)
    assert find_panel(table, list(table.columns)) == ()


def test_gaps_are_alike():
    columns = ("school", "region")
    frame = pd.DataFrame({"school": [1, 1, 1, 2], "region": [None, np.nan, None, None]})
    assert list(number_runs(frame, columns)) == [0, 0, 0, 1]


def test_printed_source_numbers_the_same_runs():
    table, _ = _panel()
    names = {"pd": pd, "table": table}
    exec(runs_code(("born", "school", "region")), names)
    assert (names["groups"].to_numpy() == number_runs(table, ("born", "school", "region"))).all()


def test_printed_preparation_makes_the_same_holdout(tmp_path):
    path = tmp_path / "panel.csv"
    _panel()[0].to_csv(path, index=False)
    table = read_table(path)
    dataset = make_dataset(table, "wage")
    names = {}
    exec(preparation_code(table.source, dataset.task, 0.2), names)
    _, holdout = names["split"](names["read_table"](names["TABLE"]))
    assert list(holdout.index) == list(dataset.holdout.open("test").source)


def test_groups_without_a_value_and_those_written_in_several_ways_are_said():
    assert group_notices(pd.Series(["g0", "g0 ", None, "G0", "g1", None], name="person")) == [
        "2 rows without a value of person are one group. Write a value where they are several.",
        "Groups of person that differ in writing alone: 'g0' and 'g0 ' and 'G0'. Each is a group of its own; write them "
        "alike where they are one.",
    ]
    assert group_notices(pd.Series([1, 2, 2], name="person")) == []
