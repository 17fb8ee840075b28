"""A problem type of another package whose predictions have three columns: quantiles, judged by the pinball loss."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from mlestar_jupyter.core.metric import Metric
from mlestar_jupyter.core.predictions import Predictions
from mlestar_jupyter.problems.base import Estimator
from mlestar_jupyter.problems.forms import Numbers
from mlestar_jupyter.problems.numbers import NumberProblem

LEVELS = (0.1, 0.5, 0.9)
WRAPPED = '''import numpy as np
from sklearn.base import BaseEstimator, RegressorMixin, clone
{inner}


class WithQuantiles(RegressorMixin, BaseEstimator):
    """A model of one number, with the quantiles of its errors around it."""

    def __init__(self, model):
        self.model = model

    def fit(self, X, y):
        """Fit the model, and look how far off it is."""
        self.model_ = clone(self.model).fit(X, y)
        self.offsets_ = np.quantile(y - self.model_.predict(X), {levels})
        return self

    def predict(self, X):
        """Three numbers a row."""
        return self.model_.predict(X)[:, None] + self.offsets_


def make_model(**params):
    """Quantiles around a model of one number."""
    return WithQuantiles(make_point(**params))
'''
SCORE = '''

def pinball(y, predicted):
    """Mean pinball loss over rows and levels."""
    off = y[:, None] - predicted
    return float(np.mean(np.maximum(np.array({levels}) * off, (np.array({levels}) - 1) * off)))

'''


def row_losses(predicted, y):
    off = y[:, None] - predicted
    return np.maximum(np.array(LEVELS) * off, (np.array(LEVELS) - 1) * off).mean(axis=-1)


@dataclass(frozen=True)
class Pinball(Metric):
    def score(self, y, predictions):
        return float(row_losses(predictions.columns, y).mean())


class Quantiles(NumberProblem):
    name = "quantiles"
    words = ("quantile", "regression")
    default_metric = loss_metric = "pinball"
    own_metrics: ClassVar = {"pinball": Pinball("pinball", greater_is_better=False, needs_probabilities=False)}
    loss_title = "Pinball loss"
    loss_code = "0"  # no strategy that weighs rows applies to quantiles
    constant = Estimator("sklearn.dummy", "DummyRegressor", (("strategy", "median"),))
    has_columns = True
    predicts_means = False

    def form(self, labels):
        del labels
        return Numbers(tuple(f"q{round(100 * level)}" for level in LEVELS), value=1)

    def example(self):
        y = np.array([1.0, 2.0, 3.0, 4.0])
        return y, Predictions(y, y[:, None] + np.array([-1.0, 0.0, 1.0]))

    def losses(self, predicted, y):
        return row_losses(predicted, y)

    def constants(self, y, labels, *, columns):
        del labels, columns
        known = np.tile(np.quantile(y, LEVELS), (len(y), 1))
        return [Predictions(known[:, 1], known)]

    def model_block(self, source):
        inner = source.replace("def make_model(", "def make_point(").strip("\n")
        return WRAPPED.format(inner=inner, levels=list(LEVELS))

    def scoring(self, metric):
        del metric
        return (
            SCORE.format(levels=list(LEVELS)),
            "pinball(holdout[TARGET].to_numpy(), model.predict(inputs(holdout)))",
        )


QUANTILES = Quantiles()
