"""Linear models that leave columns out: lasso and elastic net."""

from mlestar_jupyter.families.base import Family
from mlestar_jupyter.families.space import Real

LASSO = Family(
    name="lasso",
    title="Lasso",
    calls=("sklearn.Lasso",),
    space={"alpha": Real(1e-4, 10, log=True)},
)
ELASTIC_NET = Family(
    name="elastic_net",
    title="Elastic net",
    calls=("sklearn.ElasticNet",),
    space={"alpha": Real(1e-4, 10, log=True), "l1_ratio": Real(0.05, 1.0)},
)
