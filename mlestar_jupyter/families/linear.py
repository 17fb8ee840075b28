"""Logistic regression."""

from mlestar_jupyter.families.base import Family, Replacement
from mlestar_jupyter.families.space import Real

LINEAR = Family(
    name="linear",
    title="Logistic regression",
    calls=("sklearn.LogisticRegression",),
    space={"C": Real(0.001, 100, log=True)},
    known=({"C": 0.1}, {"C": 10.0}, {"C": 0.01}),
    why_known="regularisation in steps of ten",
    weights='class_weight="balanced"',
    replacements=(
        Replacement(
            label="penalty within the fold",
            reason="as much penalty as a fold needs",
            problems=("binary", "multiclass"),
            imports=("from sklearn.linear_model import LogisticRegressionCV",),
            call=(
                'LogisticRegressionCV(l1_ratios=(0,), scoring="neg_log_loss", max_iter=1000, '
                "use_legacy_attributes=False)"
            ),
            title="A linear model whose penalty is chosen within the training fold",
            comment="ten penalties from strong to weak, compared by the log-loss on inner folds",
        ),
    ),
)
