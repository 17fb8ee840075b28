import numpy as np
import pytest

from mlestar_jupyter.checks.leakage.missingness import Missingness
from tests.checks.inputs_for_tests import inputs, table

pytestmark = pytest.mark.fast


def test_gaps_by_chance_are_clear():
    frame = table()
    frame.loc[np.random.default_rng(0).choice(200, 40, replace=False), "idle"] = np.nan
    assert Missingness().check(inputs(frame)).outcome == "clear"


def test_value_filled_in_afterwards_is_suspect():
    frame = table()
    frame["refund"] = np.where(frame["bought"] == "no", np.nan, frame["idle"])
    finding = Missingness().check(inputs(frame))
    assert finding.outcome == "suspect"
    assert finding.remedy == "Find out when values are filled in (refund); drop what comes after the target is known."


def test_like_name_counts_only_with_an_association():
    frame = table().assign(bought_before=np.random.default_rng(5).choice(["a", "b"], 200))
    assert Missingness().check(inputs(frame)).outcome == "clear"
    frame["bought_total"] = (frame["bought"] == "yes") * 3.0 + frame["idle"] * 0.2
    assert Missingness().check(inputs(frame)).outcome == "suspect"


def test_column_that_the_cleaning_block_drops_is_not_looked_at():
    frame = table()
    frame["status"] = frame["useful"].where(frame["bought"] == "yes")
    assert Missingness().check(inputs(frame)).outcome == "suspect"
    assert Missingness().check(inputs(frame, cleaned="X.drop(columns='status')")).outcome == "clear"
