from dataclasses import replace

import pytest

from mlestar_jupyter.checks.fairness import Disparity
from mlestar_jupyter.phases.validation.gates.fairness import fairness
from tests.phases.validation.gates.evidence_for_tests import binary, evidence

pytestmark = pytest.mark.fast

SELECTED = Disparity("region", "selection rate", "south", "north", 0.2, 0.5, True, 1.0, 0.3, 0.2, 0.4, 1e-6)
RIGHT = Disparity("region", "accuracy", "south", "north", 0.0, 0.8, False, 1.0, 0.8, 0.7, 0.9, 1e-9)
NOISE = replace(SELECTED, low_rate=0.08, high_rate=0.12, difference=0.04, low=-0.02, high=0.1, p_value=0.4)
SMALL = replace(RIGHT, low_rate=0.79, high_rate=0.81, difference=0.02, low=0.01, high=0.03, p_value=0.01)


def _judged(*found, **settings):
    made = evidence("roc_auc", *binary(80)[:2], **({"sensitive": ("region",)} | settings))
    return fairness(replace(made, disparities=found))


@pytest.mark.parametrize(
    ("found", "verdict"),
    [
        ((SELECTED,), "fail"), ((RIGHT,), "fail"), ((SMALL, SELECTED), "fail"), ((NOISE,), "pass"), ((SMALL,), "pass")
    ],
)  # fmt: skip
def test_it_fails_beyond_noise_and_beyond_the_limit(found, verdict):
    assert _judged(*found).verdict == verdict


def test_words_name_groups_and_figures():
    gate = _judged(RIGHT)
    assert gate.words == "accuracy 0 for region = south, 0.8 for north (adjusted p < 0.001)"
    assert (gate.figure, gate.low, gate.high) == (0.8, 0.7, 0.9)
    assert gate.remedy == (
        "Look at what differs for region = south: rows, labels or columns; a threshold of its own, or a model fitted under "
        "a constraint, brings rates together."
    )
    assert _judged(NOISE).words.endswith("(no clear difference)")


def test_without_columns_or_rows_it_is_not_measured():
    assert _judged(sensitive=()).words == "no sensitive columns were named"
    assert _judged().words == "no two groups have enough rows"


def test_groups_of_few_rows_are_named_and_no_pass():
    made = replace(evidence("roc_auc", *binary(80)[:2], sensitive=("region",)), left_out=["region = east (20)"])
    gate = fairness(replace(made, disparities=(SMALL,)))
    assert gate.verdict == "advice"
    assert gate.words.endswith("; not measured, under 30 rows: region = east (20)")
    assert gate.remedy == (
        "Find out how the groups with few rows fare: more of their rows in the holdout make them measurable."
    )
    assert fairness(replace(made, disparities=(SELECTED,))).verdict == "fail"
    assert fairness(made).words == "no two groups have enough rows, under 30 rows: region = east (20)"
