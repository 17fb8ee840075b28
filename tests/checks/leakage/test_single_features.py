import numpy as np
import pytest

from mlestar_jupyter.checks.leakage.single_features import SingleFeatures
from tests.checks.inputs_for_tests import inputs, table

pytestmark = pytest.mark.fast


def test_honest_signal_raises_no_alarm():
    assert SingleFeatures().check(inputs(table())).outcome == "clear"


def test_column_that_knows_the_class_is_suspect():
    frame = table()
    frame["days_after"] = (frame["bought"] == "yes") * 5.0 + np.random.default_rng(2).normal(size=len(frame)) * 0.5
    finding = SingleFeatures().check(inputs(frame))
    assert finding.outcome == "suspect"
    assert "days_after" in finding.evidence
    assert finding.remedy == (
        "Make sure that days_after is known when the prediction is made; if not, drop it in the cleaning block."
    )


def test_columns_of_mixed_types_can_be_scored():
    frame = table()
    frame["mixed"] = [i if i % 2 else f"v{i % 7}" for i in range(len(frame))]
    assert SingleFeatures().check(inputs(frame)).outcome == "clear"
