"""Averaged trees: on bootstrap samples, and with splits at random."""

from mlestar_jupyter.families.base import Family
from mlestar_jupyter.families.space import Real, Space, Whole

_SPACE: Space = {
    "n_estimators": Whole(100, 300),
    "min_samples_leaf": Whole(1, 20, log=True),
    "max_features": Real(0.2, 1.0),
}
RANDOM_FOREST = Family(
    name="random_forest",
    title="Random forest",
    calls=("sklearn.RandomForestClassifier", "sklearn.RandomForestRegressor"),
    space=_SPACE,
    counts=("n_estimators",),
    takes_gaps=True,
    weights='class_weight="balanced"',
    peers="forest",
    swap="random_forest",
)
EXTRA_TREES = Family(
    name="extra_trees",
    title="Extremely randomised trees",
    calls=("sklearn.ExtraTreesClassifier", "sklearn.ExtraTreesRegressor"),
    space=_SPACE,
    counts=("n_estimators",),
    takes_gaps=True,
    weights='class_weight="balanced"',
    peers="forest",
    swap="extra_trees",
)
