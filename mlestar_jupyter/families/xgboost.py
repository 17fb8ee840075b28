"""XGBoost."""

from mlestar_jupyter.families.base import Family, Stopping
from mlestar_jupyter.families.space import Real, Space, Whole, settings_of

_SPACE: Space = {
    "n_estimators": Whole(150, 800, log=True),
    "learning_rate": Real(0.01, 0.15, log=True),
    "max_depth": Whole(2, 9),
    "min_child_weight": Real(1, 30, log=True),
    "subsample": Real(0.5, 1.0),
    "colsample_bytree": Real(0.4, 1.0),
    "reg_lambda": Real(0.1, 20, log=True),
}
XGBOOST = Family(
    name="xgboost",
    title="XGBoost",
    calls=("xgboost.XGBClassifier", "xgboost.XGBRegressor"),
    space=_SPACE,
    known=(  # from small trees to large
        settings_of(_SPACE, 400, 0.02, 4, 15.0, 0.6, 0.5, 5.0),
        settings_of(_SPACE, 600, 0.05, 6, 2.0, 0.8, 0.6, 5.0),
        settings_of(_SPACE, 800, 0.04, 8, 8.0, 0.8, 0.7, 3.0),
    ),
    defaults={"reg_lambda": 1.0},
    counts=("n_estimators",),
    rate="learning_rate",
    takes_gaps=True,
    weighs_rows=True,
    stopping=Stopping(
        constructor="early_stopping_rounds={rounds}, ", fit="eval_set=[(X_apart, y_apart)], verbose=False"
    ),
    peers="boosting",
    swap="xgboost",
    cuda='device="cuda"',
    package="xgboost",
)
