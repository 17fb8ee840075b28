"""The space in which rows are near or far: what gates and local competence see of a row."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from sklearn.compose import ColumnTransformer

    from mlestar_jupyter.ensembles.base import Known

NO_COLUMNS = "there is no numeric or categorical column by which rows could be compared"


def read_once(X: pd.DataFrame, numbers: Sequence[str], categories: Sequence[str]) -> pd.DataFrame:
    """Read numbers that may be stored as text, and categories of any type, before many learn from parts of the rows."""
    found = as_text(X[list(categories)]).astype("category")
    found[list(numbers)] = as_numbers(X[list(numbers)])
    return found


def make_regions(known: Known) -> ColumnTransformer:
    """Make the unfitted transformer, as the ensemble blocks do: ranks of numbers, frequent categories.

    For a table that was `read_once` it sees the categories by number, in the order of their text, which is quicker.
    """
    from sklearn.compose import make_column_transformer
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, QuantileTransformer

    ranks = make_pipeline(
        FunctionTransformer(as_numbers),
        SimpleImputer(strategy="median", keep_empty_features=True),
        QuantileTransformer(n_quantiles=20, random_state=0),
    )
    frequent = make_pipeline(
        FunctionTransformer(_as_categories),
        OneHotEncoder(max_categories=6, handle_unknown="infrequent_if_exist", sparse_output=False),
    )
    return make_column_transformer((ranks, list(known.numbers)), (frequent, list(known.categories)))


def as_numbers(X: pd.DataFrame) -> np.ndarray:
    """Read numbers that may be stored as text."""
    import pandas as pd

    numbers = X.apply(pd.to_numeric, errors="coerce").to_numpy(float, na_value=np.nan)
    return np.where(np.isfinite(numbers), numbers, np.nan)


def _as_categories(X: pd.DataFrame) -> pd.DataFrame:
    import pandas as pd

    if all(isinstance(dtype, pd.CategoricalDtype) for dtype in X.dtypes):
        codes: pd.DataFrame = X.apply(lambda column: column.cat.codes)
        return codes
    return as_text(X)


def as_text(X: pd.DataFrame) -> pd.DataFrame:
    """Read categories of any type, missing ones as one of them."""
    return X.astype(object).where(X.notna(), "missing").astype(str)
