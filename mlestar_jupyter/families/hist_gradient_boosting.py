"""scikit-learn's boosted trees on binned columns."""

from mlestar_jupyter.families.base import Family
from mlestar_jupyter.families.space import Real, Space, Whole, settings_of

_SPACE: Space = {
    "max_iter": Whole(100, 600, log=True),
    "learning_rate": Real(0.01, 0.2, log=True),
    "max_leaf_nodes": Whole(4, 64, log=True),
    "min_samples_leaf": Whole(5, 100, log=True),
    "l2_regularization": Real(0.01, 20, log=True),
}
HIST_GRADIENT_BOOSTING = Family(
    name="hist_gradient_boosting",
    title="Histogram gradient boosting",
    calls=("sklearn.HistGradientBoostingClassifier", "sklearn.HistGradientBoostingRegressor"),
    space=_SPACE,
    known=(settings_of(_SPACE, 300, 0.04, 7, 30, 5.0), settings_of(_SPACE, 500, 0.05, 31, 20, 1.0)),
    counts=("max_iter",),
    rate="learning_rate",
    takes_gaps=True,
    weights='class_weight="balanced"',
    peers="boosting",
    swap="hist_gradient_boosting",
)
