"""A single tree."""

from mlestar_jupyter.families.base import Family
from mlestar_jupyter.families.space import Whole

DECISION_TREE = Family(
    name="decision_tree",
    title="Decision tree",
    calls=("sklearn.DecisionTreeClassifier", "sklearn.DecisionTreeRegressor"),
    space={"max_depth": Whole(2, 12), "min_samples_leaf": Whole(1, 100, log=True)},
    takes_gaps=True,
    weights='class_weight="balanced"',
)
