import pytest

from mlestar_jupyter.core.metric import Metric
from mlestar_jupyter.reports.attribution import Attribution, Step
from mlestar_jupyter.reports.calls import Spent

pytestmark = pytest.mark.fast


def test_one_step_and_one_call_are_not_plural():
    steps = (
        Step("planner", "foundation", "a", "1", 0.25),
        Step("planner", "refinement", "b", "2", 0.05),
        Step("model", "refinement", "c", "3", 0.01),
    )
    spent = Spent(1, 1_200, 30, None, 0.5)
    summary = (
        Attribution(steps, {}, spent, Metric("roc_auc", greater_is_better=True, needs_probabilities=True))
        .view()
        .summary
    )
    assert summary == (
        "roc_auc gained: recipe +0.3 in 2 steps, model +0.01 in 1 step. "
        "The chat model took 1 call, 1,200 + 30 tokens, price not known."
    )
