from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from mlestar_jupyter.checks.leakage.duplicates import Duplicates
from tests.checks.inputs_for_tests import inputs, table

pytestmark = pytest.mark.fast


def test_without_holdout_it_does_not_apply():
    assert Duplicates().check(inputs(table(), test=0)).outcome == "not applicable"


def test_rows_that_differ_are_clear():
    assert Duplicates().check(inputs(table())).outcome == "clear"


def test_copied_rows_are_found_though_their_identifiers_differ():
    frame = pd.concat([table(), table()], ignore_index=True)
    frame.insert(0, "customer_id", [f"c{i:05d}" for i in range(len(frame))])
    checked = inputs(frame)
    assert "customer_id" in checked.task.names("identifier")
    finding = Duplicates().check(checked)
    assert finding.outcome == "found"
    assert finding.remedy == "If they are the same cases, drop the copies or group them with --group."


def test_remedy_asks_for_no_group_where_there_is_one():
    frame = pd.concat([table(), table()], ignore_index=True)
    finding = Duplicates().check(inputs(frame.assign(site=[f"s{i}" for i in range(len(frame))]), group="site"))
    assert finding.remedy == "If they are the same cases, drop the copies."


def test_honest_twins_of_a_small_categorical_table_are_only_suspect():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {"a": rng.choice(["x", "y"], 300), "b": rng.choice(["u", "v"], 300), "bought": rng.choice(["yes", "no"], 300)}
    )
    assert Duplicates().check(inputs(frame)).outcome == "suspect"


def test_test_table_that_was_copied_from_the_other_is_found_though_rows_repeat_by_chance():
    rng = np.random.default_rng(0)
    a = np.round(rng.normal(size=600), 3)
    frame = pd.DataFrame({"a": a, "b": rng.choice(["u", "v"], 600), "bought": np.where(a > 0, "yes", "no")})
    checked = inputs(frame, test=0)
    finding = Duplicates().check(replace(checked, holdout=checked.development.take(np.arange(200))))
    assert finding.outcome == "found"
    others = inputs(frame)
    assert Duplicates().check(others).outcome != "found"


def test_one_pair_of_equal_rows_is_only_suspect():
    frame = table().head(100)
    checked = inputs(frame)
    twin = checked.development.take(np.array([0]))
    holdout = replace(checked.holdout, X=checked.holdout.X.copy(), y=checked.holdout.y.copy())
    holdout.X.iloc[0], holdout.y[0] = twin.X.iloc[0], twin.y[0]
    assert Duplicates().check(replace(checked, holdout=holdout)).outcome == "suspect"


def test_twins_of_columns_that_follow_from_each_other_are_only_suspect():
    rng = np.random.default_rng(0)
    product = rng.integers(0, 40, 800)
    columns = {name: rng.integers(0, n, 40)[product] for name, n in (("brand", 8), ("size", 5), ("colour", 12))}
    frame = pd.DataFrame({"weight": np.round(rng.normal(size=40), 3)[product], **columns})
    frame["bought"] = np.where(rng.random(800) < rng.random(40)[product], "yes", "no")
    assert Duplicates().check(inputs(frame)).outcome == "suspect"
