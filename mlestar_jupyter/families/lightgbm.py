"""LightGBM."""

from collections.abc import Sequence

from mlestar_jupyter.families.base import Family, Stopping
from mlestar_jupyter.families.space import Choice, Real, Space, Whole, settings_of

_SPACE: Space = {
    "n_estimators": Whole(150, 800, log=True),
    "learning_rate": Real(0.01, 0.15, log=True),
    "num_leaves": Whole(4, 96, log=True),
    "min_child_samples": Whole(5, 100, log=True),
    "subsample": Real(0.5, 1.0),
    "subsample_freq": Choice((1,)),
    "colsample_bytree": Real(0.4, 1.0),
    "reg_lambda": Real(0.01, 20, log=True),
}


def _refuses(names: Sequence[str]) -> bool:
    """Whether LightGBM takes no table with these columns: it refuses signs of JSON, and takes a blank for ``_``."""
    plain = {"".join("_" if sign.isspace() else sign for sign in name) for name in names}
    return len(plain) < len(names) or any(sign in name for name in plain for sign in '",:[]{}')


LIGHTGBM = Family(
    name="lightgbm",
    title="LightGBM",
    calls=("lightgbm.LGBMClassifier", "lightgbm.LGBMRegressor"),
    space=_SPACE,
    known=(
        settings_of(_SPACE, 300, 0.03, 7, 40, 0.7, 1, 0.5, 5.0),
        settings_of(_SPACE, 800, 0.03, 64, 20, 0.8, 1, 0.6, 0.1),
    ),
    defaults={"reg_lambda": 0.0},
    counts=("n_estimators",),
    rate="learning_rate",
    highest_rate=0.15,  # of many classes and without a penalty its steps run away at .3
    takes_gaps=True,
    weights='class_weight="balanced"',
    stopping=Stopping(
        constructor="",
        fit="eval_X=X_apart, eval_y=y_apart, callbacks=[early_stopping({rounds}, verbose=False)]",
        imports="early_stopping",
    ),
    refuses=_refuses,
    peers="boosting",
    swap="lightgbm",
    growth_swap="growth_lightgbm",
    package="lightgbm",
)
