"""Small hand-written blocks that fit in milliseconds."""

BLOCKS = {
    "cleaning": 'def clean(X):\n    return X.select_dtypes("number")',
    "features": 'def make_features():\n    return "passthrough"',
    "preprocessing": (
        "from sklearn.impute import SimpleImputer\n\n\ndef make_preprocessor():\n    return SimpleImputer()"
    ),
    "hyperparameters": "PARAMS = {}",
    "model": (
        "from sklearn.linear_model import LogisticRegression\n\n\n"
        "def make_model(**params):\n    return LogisticRegression(**params)"
    ),
    "validation": (
        "from sklearn.model_selection import StratifiedKFold\n\n\n"
        "def make_splitter():\n    return StratifiedKFold(4, shuffle=True, random_state=0)"
    ),
}
