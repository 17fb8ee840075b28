"""CatBoost."""

from mlestar_jupyter.families.base import Family
from mlestar_jupyter.families.space import Choice, Real, Whole

CATBOOST = Family(
    name="catboost",
    title="CatBoost",
    calls=("catboost.CatBoostClassifier", "catboost.CatBoostRegressor"),
    space={
        "iterations": Whole(200, 1500, log=True),
        "learning_rate": Real(0.01, 0.2, log=True),
        "depth": Whole(3, 9),
        "l2_leaf_reg": Real(1, 30, log=True),
        "one_hot_max_size": Choice((2, 16)),
        "max_ctr_complexity": Choice((1, 2)),
    },
    defaults={"learning_rate": None, "l2_leaf_reg": 3.0},
    counts=("iterations",),
    rate="learning_rate",
    takes_gaps=True,
    takes_categories=True,
    weights='auto_class_weights="Balanced"',
    peers="boosting",
    swap="catboost",
    growth_swap="growth_catboost",
    max_columns=1_000,  # minutes and gigabytes for each fit beyond
    cuda='task_type="GPU"',
    package="catboost",
    extra="boost",
)
