"""Small real tables, as fixtures."""

from pathlib import Path

import pandas as pd
import pytest

CHURN = Path(__file__).parent.parent / "examples" / "data" / "telco_churn.csv.gz"


@pytest.fixture(scope="session")
def churn_path():
    """The whole churn table on disk."""
    return CHURN


@pytest.fixture(scope="session")
def churn():
    """600 rows of the churn table, as pandas reads them."""
    return pd.read_csv(CHURN).sample(600, random_state=0).reset_index(drop=True)
