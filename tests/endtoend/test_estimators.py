"""Ten estimators of scikit-learn, of different kinds, as a human's ``model`` block through all phases.

``tests/benchmarks/all_estimators.py`` goes through all of them.
"""

import re

import pytest

from tests.benchmarks import all_estimators
from tests.workers_for_tests import workers

TEN = {
    "binary": {
        "RidgeClassifier": "accuracy",  # no probabilities
        "NuSVC": "accuracy",
        "GaussianProcessClassifier": "accuracy",  # no random_state
        "BernoulliNB": None,
        "VotingClassifier": "accuracy",  # around others
    },
    "regression": {
        "PLSRegression": None,  # several targets
        "BayesianRidge": None,  # no Ridge
        "TransformedTargetRegressor": None,
        "QuantileRegressor": None,
        "GaussianProcessRegressor": None,
    },
}


@pytest.fixture(scope="module")
def begun(tmp_path_factory):
    """Folders of runs after their foundation, by problem and metric."""
    folder = tmp_path_factory.mktemp("begun")
    wanted = {(problem, metric) for problem, names in TEN.items() for metric in names.values()}
    for problem, metric in wanted:
        all_estimators.opened(problem, folder / f"{problem}-{metric}", workers(), metric).close()
    return folder


@pytest.mark.slow
@pytest.mark.parametrize(("problem", "name"), [(problem, name) for problem in TEN for name in TEN[problem]])
def test_estimator_comes_through_all_phases(begun, tmp_path, problem, name):
    metric, block = TEN[problem][name], all_estimators.blocks(problem)[name]
    folder = begun / f"{problem}-{metric}"
    outcome = all_estimators.run(problem, name, block, folder, tmp_path / "run", workers(), metric=metric)
    assert float(outcome.adopted) == float(outcome.adopted)
    assert (outcome.where, outcome.error) == ("", "")


@pytest.mark.parametrize(
    ("problem", "name", "reason"),
    [
        ("binary", "RidgeClassifier", "the model gives no probabilities, which .* needs: wrap it in Calibrated"),
        (
            "regression",
            "MultiTaskLasso",
            "ValueError: MultiTaskLasso learns several targets together, and the task has one",
        ),
    ],
)
def test_what_does_not_fit_is_refused_with_a_plain_reason(begun, tmp_path, problem, name, reason):
    block = all_estimators.blocks(problem)[name]
    folder = begun / f"{problem}-None"
    outcome = all_estimators.run(problem, name, block, folder, tmp_path / "run", workers(), phases=())
    assert re.match(f"refused: {reason}", outcome.adopted)
