"""How strongly columns are associated, on one scale from 0 to 1, whatever their types."""

from __future__ import annotations

import numpy as np
import pandas as pd

_MAX_CATEGORIES = 50
_MOST_PAIRED = 500


def association(values: pd.Series, y: np.ndarray, *, is_numeric: bool, is_classification: bool) -> float:
    """Measure a column against the target by ranks, so that monotone curves and long tails do not matter.

    Spearman's correlation for two numbers, the correlation ratio of ranks for a number and a class, Cramér's V
    with bias correction for two classes. NaN where nothing can be said.
    """
    known = values.notna().to_numpy()
    if known.sum() < 3:  # noqa: PLR2004 - any two points lie on a line
        return float("nan")
    values, y = values[known], y[known]
    if is_numeric and is_classification:
        return correlation_ratio(y, _ranks(values))
    if is_numeric:
        return abs(_correlation(_ranks(values), _ranks(pd.Series(y))))
    codes = _codes(values)
    if is_classification:
        return _cramers_v(codes, y.astype(int))
    return correlation_ratio(codes, _ranks(pd.Series(y)))


def correlation_ratio(codes: np.ndarray, values: np.ndarray) -> float:
    """Share of the variance between groups, corrected for their number, as a correlation."""
    _, codes = np.unique(codes, return_inverse=True)
    counts = np.bincount(codes)
    means = np.bincount(codes, weights=values) / counts
    total = float(np.sum((values - values.mean()) ** 2))
    within = total - float(np.sum(counts * (means - values.mean()) ** 2))
    free = len(values) - len(counts)
    if total == 0 or free <= 0:
        return float("nan")
    return float(np.sqrt(max(0.0, 1 - (within / free) / (total / (len(values) - 1)))))


def strongest_pairs(numbers: pd.DataFrame, limit: int = 5) -> list[tuple[str, str, float]]:
    """Find the pairs of numeric columns with the strongest Spearman correlation; among the first 500 columns."""
    numbers = numbers.iloc[:, :_MOST_PAIRED]  # pairs grow with the square of the columns
    ranks = numbers.rank()
    with np.errstate(invalid="ignore"):  # a constant column has no correlation
        has_all = not ranks.isna().to_numpy().any()
        matrix = np.corrcoef(ranks, rowvar=False) if has_all else ranks.corr().to_numpy()
    rows, columns = np.triu_indices(len(numbers.columns), k=1)
    strength = np.nan_to_num(np.abs(matrix[rows, columns]), nan=-1.0)
    names = [str(name) for name in numbers.columns]
    strongest = [k for k in np.argsort(-strength, kind="stable")[:limit] if strength[k] >= 0]
    return [(names[rows[k]], names[columns[k]], float(matrix[rows[k], columns[k]])) for k in strongest]


def strongest_columns(X: pd.DataFrame, y: np.ndarray, limit: int, *, is_classification: bool) -> list[str]:
    """Find the columns most associated with the target, among thousands.

    Numbers are compared by ranks, all at once, with the class that they tell apart best; of the other columns the
    first 500 are looked at.
    """
    numbers = X.select_dtypes("number")
    wanted = np.eye(int(y.max()) + 1)[y.astype(int)] if is_classification else _ranks(pd.Series(y))[:, None]
    ranks = _standardized(numbers.rank().fillna((len(X) + 1) / 2).to_numpy(dtype=float))
    strengths = np.abs(ranks.T @ _standardized(wanted) / len(X)).max(axis=1)
    found = dict(zip(numbers.columns, strengths, strict=True))
    for name in X.columns.difference(numbers.columns, sort=False)[:_MOST_PAIRED]:
        found[name] = association(X[name], y, is_numeric=False, is_classification=is_classification)
    return sorted(found, key=lambda name: -float(np.nan_to_num(found[name], nan=-1.0)))[:limit]


def _standardized(values: np.ndarray) -> np.ndarray:
    """Columns with mean 0 and variance 1; constant ones are 0."""
    spread = values.std(axis=0)
    result: np.ndarray = (values - values.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    return result


def _codes(values: pd.Series) -> np.ndarray:
    """Codes of the categories, the rare ones beyond the first fifty together."""
    codes = pd.factorize(values)[0]
    frequent = pd.Series(codes).value_counts().index[:_MAX_CATEGORIES]
    return np.where(np.isin(codes, frequent), codes, -1)


def _ranks(values: pd.Series) -> np.ndarray:
    return values.rank().to_numpy(dtype=float)


def _correlation(left: np.ndarray, right: np.ndarray) -> float:
    if left.std() == 0 or right.std() == 0:
        return float("nan")
    return float(np.corrcoef(left, right)[0, 1])


def _cramers_v(left: np.ndarray, right: np.ndarray) -> float:
    table = pd.crosstab(left, right).to_numpy().astype(float)
    n = table.sum()
    rows, columns = table.shape
    if min(rows, columns) < 2:  # noqa: PLR2004 - one category tells nothing
        return float("nan")
    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / n
    phi = float(((table - expected) ** 2 / expected).sum() / n)
    corrected = max(0.0, phi - (rows - 1) * (columns - 1) / (n - 1))
    width = min(rows - (rows - 1) ** 2 / (n - 1), columns - (columns - 1) ** 2 / (n - 1)) - 1
    return float(np.sqrt(corrected / width)) if width > 0 else float("nan")
