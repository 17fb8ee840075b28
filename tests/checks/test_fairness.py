import numpy as np
import pytest

from mlestar_jupyter.checks.fairness import check_columns, group_rates, lowest_ratio, small_groups
from mlestar_jupyter.core.predictions import Predictions
from mlestar_jupyter.errors import SettingError
from tests.checks.inputs_for_tests import inputs, table

pytestmark = pytest.mark.fast


def _checked(**columns):
    return inputs(table().assign(**columns), test=0)


def test_rates_and_their_ratio():
    checked = _checked(region=["north", "south"] * 100)
    values = np.where((checked.development.X["region"] == "north") | (np.arange(200) % 4 == 1), 1, 0)
    rates = group_rates(checked.task, checked.development, Predictions(values, None), ["region"])
    assert list(rates["group"]) == ["north", "south"]
    assert list(rates["selection rate"]) == [1.0, 0.5]
    assert lowest_ratio(rates) == 0.5
    assert {"true positive rate", "false positive rate"} <= set(rates)


def test_small_groups_are_named_and_left_out():
    checked = _checked(region=["north"] * 100 + ["south"] * 80 + ["isle"] * 20)
    predictions = Predictions(np.ones(200, dtype=int), None)
    assert "isle" not in set(group_rates(checked.task, checked.development, predictions, ["region"])["group"])
    assert small_groups(checked.development, predictions, ["region"]) == ["region = isle (20)"]


def test_numbers_are_cut_into_quarters():
    checked = _checked(age=np.linspace(18, 90, 200))
    rates = group_rates(checked.task, checked.development, Predictions(np.ones(200, dtype=int), None), ["age"])
    assert list(rates["rows"]) == [50, 50, 50, 50]


def test_rows_without_a_prediction_do_not_count():
    checked = _checked(region=["north", "south"] * 100)
    values = np.ones(200)
    values[:60] = np.nan
    rates = group_rates(checked.task, checked.development, Predictions(values, None), ["region"])
    assert list(rates["rows"]) == [70, 70]
    assert list(rates["selection rate"]) == [1.0, 1.0]


def test_unknown_column_names_the_nearest():
    with pytest.raises(SettingError, match="Did you mean 'useful'"):
        check_columns(_checked().development.X, ["usefull"])
