import numpy as np
import pytest

from mlestar_jupyter.core.predictions import Predictions
from mlestar_jupyter.phases.validation.gates import holdout_gap, improvement, spread
from mlestar_jupyter.phases.validation.settings import ValidationSettings
from mlestar_jupyter.problems.recognition import find_metric
from tests.checks.inputs_for_tests import scored
from tests.core.blocks_for_tests import BLOCKS

pytestmark = pytest.mark.fast

SETTINGS, AUC = ValidationSettings(), find_metric("roc_auc", "binary")
NOTHING = Predictions(np.zeros(1), None)


def test_improvement_must_be_large_and_significant():
    good, dummy = scored(NOTHING), scored(NOTHING, (0.5, 0.5, 0.5, 0.5))
    assert improvement(good, dummy, AUC, SETTINGS).status == "pass"
    assert improvement(scored(NOTHING, (0.51, 0.5, 0.52, 0.49)), dummy, AUC, SETTINGS).status == "fail"


def test_loss_against_a_baseline_of_zero_does_not_pass():
    worse, zero = scored(NOTHING, (-0.3, -0.31, -0.3, -0.29)), scored(NOTHING, (0.0, 0.0, 0.0, 0.0))
    assert improvement(worse, zero, find_metric("r2", "regression"), SETTINGS).status == "fail"


def test_improvement_on_other_folds_is_not_measured():
    other = scored(
        NOTHING, (0.5, 0.5, 0.5, 0.5), {**BLOCKS, "validation": BLOCKS["validation"].replace("(4", "(4 + 0")}
    )
    assert improvement(scored(NOTHING), other, AUC, SETTINGS).status == "not measured"


def test_spread_and_missing_holdout():
    assert spread(scored(NOTHING), SETTINGS).status == "pass"
    assert spread(scored(NOTHING, (0.5, 0.9, 0.6, 0.8)), SETTINGS).status == "fail"
    assert holdout_gap(scored(NOTHING), None, AUC, SETTINGS).status == "not measured"
