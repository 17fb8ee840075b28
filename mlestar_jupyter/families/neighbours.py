"""Nearest neighbours."""

from mlestar_jupyter.families.base import Family
from mlestar_jupyter.families.space import Choice, Whole

NEIGHBOURS = Family(
    name="neighbours",
    title="Nearest neighbours",
    calls=("sklearn.KNeighborsClassifier", "sklearn.KNeighborsRegressor"),
    space={"n_neighbors": Whole(3, 100, log=True), "weights": Choice(("uniform", "distance"))},
)
