"""A problem type of another package: whole numbers from 0 on, predicted by their mean and judged by Poisson deviance."""

import numpy as np

from mlestar_jupyter.errors import DataError
from mlestar_jupyter.problems.base import Estimator
from mlestar_jupyter.problems.forms import Number
from mlestar_jupyter.problems.numbers import NumberProblem
from mlestar_jupyter.problems.splitters import Splitters

LOWEST = 1e-6  # the deviance of a prediction of 0 has no end


class Counts(NumberProblem):
    name = "counts"
    words = ("count", "poisson", "regression")
    default_metric = loss_metric = "neg_mean_poisson_deviance"
    loss_title = "Poisson deviance"
    loss_code = (
        "2 * (np.where(y > 0, y * np.log(np.maximum(y, 1e-9) / np.maximum(predicted, 1e-6)), 0) - y + predicted)"
    )
    constant = Estimator("sklearn.dummy", "DummyRegressor", (("strategy", "mean"),))
    plain = Estimator("sklearn.linear_model", "PoissonRegressor", (("alpha", 0.1),))
    splitters = Splitters(title="Counts of all sizes in each fold")

    def read(self, y):
        found = super().read(y)
        if (y < 0).any() or (y != y.round()).any():
            raise DataError(f"The target {y.name!r} holds no counts.", mend="Use --problem regression.")
        return found

    def form(self, labels):
        del labels
        return Number(LOWEST)

    def losses(self, predicted, y):
        predicted = np.maximum(predicted, LOWEST)
        return 2 * (np.where(y > 0, y * np.log(np.maximum(y, 1e-9) / predicted), 0) - y + predicted)

    def constants(self, y, labels, *, columns):
        return super().constants(y, labels, columns=columns)[:1]

    def rules(self, task):
        del task
        return "counts: whole numbers from 0 on, as floats."

    def scoring(self, metric):
        if metric.name != self.default_metric:
            return super().scoring(metric)
        predicted = 'predictions(model, holdout)["prediction"].to_numpy()'
        return (
            "from sklearn.metrics import mean_poisson_deviance\n",
            f"mean_poisson_deviance(holdout[TARGET].to_numpy(), {predicted})",
        )


COUNTS = Counts()
