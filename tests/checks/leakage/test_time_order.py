import dataclasses

import pandas as pd
import pytest

from mlestar_jupyter.checks.leakage.time_order import TimeOrder
from tests.checks.inputs_for_tests import inputs, table

pytestmark = pytest.mark.fast


def _with_days(form):
    frame = table()
    frame["day"] = pd.date_range("2025-01-01", periods=len(frame)).strftime(form)
    return frame


def test_without_a_time_column_it_does_not_apply():
    assert TimeOrder().check(inputs(table())).outcome == "not applicable"


def test_split_by_time_is_clear():
    assert TimeOrder().check(inputs(_with_days("%Y-%m-%d"), time="day")).outcome == "clear"


def test_month_first_dates_are_read_too():
    assert TimeOrder().check(inputs(_with_days("%m/%d/%Y"), time="day")).outcome == "clear"


def test_older_holdout_is_found():
    right = inputs(_with_days("%Y-%m-%d"), time="day")
    swapped = dataclasses.replace(right, development=right.holdout, holdout=right.development)
    finding = TimeOrder().check(swapped)
    assert finding.outcome == "found"
    assert finding.remedy == "Give a --test table of rows after 2025-07-19 00:00:00."
