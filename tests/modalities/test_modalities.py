"""Each modality of the package keeps the contract."""

import datetime

import numpy as np
import pandas as pd
import pytest

from mlestar_jupyter.core.rows import RowsError
from mlestar_jupyter.core.values import json_schema
from mlestar_jupyter.modalities.registry import modalities
from tests.modalities.contract import RANDOM, Case, ModalityContract, N, dataset_of

pytestmark = pytest.mark.fast

DAYS = pd.date_range("2023-01-01", periods=N, freq="5D")
WORDS = np.array(["good", "bad", "new", "old", "very", "quite", "red", "slow"])
CASES = {
    case.role: case
    for case in (
        Case(
            "numeric",
            {
                "float": RANDOM.normal(size=N),
                "with gaps": np.where(np.arange(N) % 9 == 0, np.nan, RANDOM.normal(size=N)),
                "few": RANDOM.integers(0, 9, N),
                "sentinels": np.where(np.arange(N) % 9 == 0, -999, RANDOM.integers(0, 50, N)),
                "text": [f"{v:.2f}" if i % 20 else "?" for i, v in enumerate(RANDOM.normal(size=N))],
                "duration": pd.to_timedelta(RANDOM.integers(1, 99, N), unit="min"),
            },
            ("many", [1], {"a": 1}, True),
        ),
        Case(
            "date",
            {
                "stamp": DAYS,
                "zoned": DAYS.tz_localize("Asia/Tokyo"),
                "objects": [datetime.date(2024, 1 + i % 12, 3) for i in range(N)],
                "iso": DAYS.strftime("%Y-%m-%d"),
                "written": [day if i % 30 else None for i, day in enumerate(DAYS.strftime("%d/%m/%Y"))],
                "period": pd.period_range("2015-01", periods=N, freq="M"),
            },
            ("soon", [1], {"a": 1}, True),
        ),
        Case(
            "text",
            {
                "review": [f"{' '.join(RANDOM.choice(WORDS, 6))} {i}" for i in range(N)],
                "gaps": [f"{' '.join(RANDOM.choice(WORDS, 6))} {i}" if i % 9 else None for i in range(N)],
            },
        ),
        Case(
            "categorical",
            {
                "words": RANDOM.choice(WORDS, N),
                "gaps": [None if i % 9 == 0 else str(v) for i, v in enumerate(RANDOM.choice(WORDS, N))],
                "flag": RANDOM.random(N) > 0.5,
                "codes": [f"{v:03d}" for v in RANDOM.integers(0, 20, N)],
                "many": [f"shop {v}" for v in RANDOM.integers(0, 45, N)],
                "marked": RANDOM.choice(["u", "v", "?"], N),
                "mixed": pd.Series(["a", 1, 2.5] * (N // 3), dtype=object),
                "category": pd.Categorical(RANDOM.integers(0, 4, N)),
            },
        ),
        Case("identifier", {"unique": [f"C-{i}" for i in range(N)], "customer_id": np.arange(N) * 3}),
        Case("constant", {"number": [1] * N, "text": ["same"] * N}),
        Case("empty", {"none": [None] * N, "nan": [np.nan] * N}),
    )
}


class TestEachModality(ModalityContract):
    @pytest.fixture(scope="class", params=list(CASES))
    def case(self, request):
        return CASES[request.param]

    @pytest.fixture(scope="class")
    def others(self, case):
        return {f"{role} {name}": v for role, c in CASES.items() if role != case.role for name, v in c.examples.items()}


def test_each_modality_has_a_case():
    assert list(CASES) != []
    assert set(CASES) == set(modalities())


def test_a_boolean_refuses_what_is_neither():
    contract = dataset_of({"flag": CASES["categorical"].examples["flag"]}).task.contract
    with pytest.raises(RowsError, match="neither true nor false"):
        contract.read([{"x flag": "perhaps", "steady": 1}])
    assert json_schema(contract.column("x flag"))["type"] == ["boolean", "number", "string", "null"]
