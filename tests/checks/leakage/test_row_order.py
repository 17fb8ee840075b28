import numpy as np
import pytest

from mlestar_jupyter.checks.leakage.row_order import RowOrder
from tests.checks.inputs_for_tests import inputs, table

pytestmark = pytest.mark.fast


def test_rows_in_no_order_are_clear():
    finding = RowOrder().check(inputs(table()))
    assert finding.outcome == "clear"
    assert "identifiers after the cleaning block: none" in finding.evidence


def test_sorted_rows_are_suspect():
    finding = RowOrder().check(inputs(table().sort_values("bought", ignore_index=True)))
    assert finding.outcome == "suspect"
    assert finding.remedy == "If the rows are in time order, give --time; if they come in batches, give --group."


def test_remedy_asks_for_no_group_where_there_is_one():
    frame = table(300).sort_values("bought", ignore_index=True).assign(site=[f"s{i // 3}" for i in range(300)])
    finding = RowOrder().check(inputs(frame, group="site"))
    assert finding.remedy == "If the rows are in time order, give --time."


def test_middle_class_in_order_is_seen_too():
    frame = table(300)
    frame["bought"] = np.repeat(["a", "z", "m"], 100)
    assert RowOrder().check(inputs(frame, predictions=None)).outcome == "suspect"


def test_identifier_left_by_the_cleaning_block_is_suspect():
    frame = table()
    frame.insert(0, "id", np.arange(1000, 1000 + len(frame)))
    checked = inputs(frame)
    assert checked.task.names("identifier") == ["id"]
    finding = RowOrder().check(checked)
    assert finding.outcome == "suspect"
    assert "Drop id in the cleaning block." in finding.remedy
