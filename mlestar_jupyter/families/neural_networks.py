"""Neural networks: scikit-learn's, and RealMLP with the settings of its authors."""

from mlestar_jupyter.families.base import Family
from mlestar_jupyter.families.space import Choice, Real, Whole

NEURAL_NETWORK = Family(
    name="neural_network",
    title="Neural network",
    calls=("sklearn.MLPClassifier", "sklearn.MLPRegressor"),
    space={
        "hidden_layer_sizes": Choice(([32], [64, 32], [128], [128, 64], [128, 64, 32])),
        "alpha": Real(1e-5, 1, log=True),
        "learning_rate_init": Real(1e-4, 1e-2, log=True),
    },
)
REAL_MLP = Family(
    name="real_mlp",
    title="RealMLP",
    calls=(
        *("pytabkit.RealMLP_TD_Classifier", "pytabkit.RealMLP_TD_Regressor"),
        *("pytabkit.RealMLP_TD_S_Classifier", "pytabkit.RealMLP_TD_S_Regressor"),
    ),
    space={
        "hidden_sizes": Choice(("rectangular",)),
        "hidden_width": Choice((64, 128, 256, 384)),
        "n_hidden_layers": Whole(1, 5),
        "lr": Real(0.01, 0.2, log=True),
        "p_drop": Choice((0.0, 0.15, 0.3)),
        "act": Choice(("selu", "mish", "relu")),
    },
    package="pytabkit",
    extra="neural",
)
