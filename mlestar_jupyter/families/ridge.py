"""Ridge regression, and classification by it."""

from mlestar_jupyter.families.base import Family, Replacement
from mlestar_jupyter.families.space import Real

RIDGE = Family(
    name="ridge",
    title="Ridge regression",
    calls=("sklearn.Ridge", "sklearn.RidgeClassifier"),
    space={"alpha": Real(0.001, 1000, log=True)},
    known=({"alpha": 10.0}, {"alpha": 100.0}, {"alpha": 0.1}),
    why_known="regularisation in steps of ten",
    weights='class_weight="balanced"',
    replacements=(
        Replacement(
            label="penalty within the fold",
            reason="as much penalty as a fold needs",
            problems=("regression",),
            imports=("from sklearn.linear_model import ElasticNetCV",),
            call="ElasticNetCV(l1_ratio=[0.1, 0.5, 0.9, 1], max_iter=5000)",
            title="A linear model whose penalty is chosen within the training fold",
            comment="near a lasso where few columns matter, near a ridge where many do (Zou & Hastie 2005)",
        ),
    ),
)
