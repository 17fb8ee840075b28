import pytest

from mlestar_jupyter.checks.cost import measure_cost
from mlestar_jupyter.core.model import FittedModel
from tests.checks.inputs_for_tests import inputs, table

pytestmark = pytest.mark.fast


def test_cost_is_measured_on_one_and_on_a_thousand_rows():
    checked = inputs(table())
    solution = checked.score.candidate.solution
    model = FittedModel(solution.build().fit(checked.development.X, checked.development.y), solution, checked.task)
    cost = measure_cost(model, checked.development.X)
    assert cost.batch_rows == 1000
    assert 0 < cost.single_ms < 5000
    assert 0 < cost.size_mb < 1
