"""Each modality of the package keeps the contract, which says which of its tests are fast."""

import datetime

import numpy as np
import pandas as pd
import pytest

from mlestar_jupyter.core.rows import RowsError
from mlestar_jupyter.core.values import json_schema
from mlestar_jupyter.knowledge import recipes
from mlestar_jupyter.modalities.registry import modalities
from tests.modalities.contract import RANDOM, Case, ModalityContract, N, dataset_of

DAYS = pd.date_range("2023-01-01", periods=N, freq="5D")
WORDS = np.array(["good", "bad", "new", "old", "very", "quite", "red", "slow"])
POINTS = RANDOM.uniform([45, -9], [60, 20], (N, 2)).tolist()
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
                "money": [f"€ {v:,.2f}" for v in RANDOM.uniform(1, 9000, N)],
                "comma": [f"{v:.1f} kg".replace(".", ",") for v in RANDOM.uniform(1, 90, N)],
                "marked": [f"{v:.1f}%" if i % 4 else "unknown" for i, v in enumerate(RANDOM.uniform(1, 90, N))],
                "clock": [f"{v // 60:02d}:{v % 60:02d}" for v in RANDOM.integers(0, 1440, N)],
                "times": [datetime.time(v // 60, v % 60) for v in RANDOM.integers(0, 1440, N)],
                "spans": [f"{v // 60}h {v % 60}m" for v in RANDOM.integers(1, 2000, N)],
            },
            ("many", [1], {"a": 1}, True),
        ),
        Case(
            "coordinates",
            {
                "pair": [f"{a:.4f}, {b:.4f}" for a, b in POINTS],
                "commas": [f"{a:.4f};{b:.4f}".replace(".", ",") if a > 46 else None for a, b in POINTS],
                "letters": [f"{a:.3f}° N, {abs(b):.3f}° {'E' if b > 0 else 'W'}" for a, b in POINTS],
                "well known": [f"POINT({b:.5f} {a:.5f})" for a, b in POINTS],
                "lists": [[a, b] for a, b in POINTS],
            },
            ("here", 5, True, {"a": 1}, "52.5"),
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
    assert set(CASES) == set(modalities()) - {"ignored"}  # what no values are, but a user asks for


def test_a_boolean_refuses_what_is_neither():
    contract = dataset_of({"flag": CASES["categorical"].examples["flag"]}).task.contract
    with pytest.raises(RowsError, match="neither true nor false"):
        contract.read([{"x flag": "perhaps", "steady": 1}])
    assert json_schema(contract.column("x flag"))["type"] == ["boolean", "number", "string", "null"]


def test_a_number_in_text_has_an_example_in_the_schema():
    contract = dataset_of({"price": [f"${i},000.50" for i in range(N)]}).task.contract
    assert json_schema(contract.column("x price"))["description"] == "A number, or text such as $1,000.50"


def test_what_is_read_in_another_form_is_said():
    notices = dataset_of(
        {"number": [str(i % 50) for i in range(N)], "city": [f"c{i % 40}" for i in range(N)]}
    ).task.notices
    assert "Numbers stored as text: x number. They are read as numbers." in notices
    many = "Many distinct categories: x city (40). New rows may have others; --role NAME=ignore leaves a column out."
    assert many in notices
    notices = dataset_of({"pair": CASES["coordinates"].examples["pair"]}).task.notices
    example = CASES["coordinates"].examples["pair"][0]
    assert f"x pair: pairs of coordinates such as {example!r}, split into latitude and longitude." in notices


def test_points_are_split_into_latitude_and_longitude():
    made = dataset_of({"place": [f"POINT({b:.5f} {a:.5f})" for a, b in POINTS]})
    space: dict[str, object] = {}
    exec(recipes.cleaning(made.task), space)
    found = space["clean"](made.development.X)
    rows = made.development.source
    np.testing.assert_allclose(found["x place_latitude"], np.array(POINTS)[rows, 0], atol=1e-5)
    np.testing.assert_allclose(found["x place_longitude"], np.array(POINTS)[rows, 1], atol=1e-5)
    example = made.task.contract.column("x place").example
    line = f"x place: pairs of coordinates such as {example!r}, split into latitude and longitude."
    assert line in made.task.notices
    with pytest.raises(RowsError, match="'here' is not a pair of coordinates such as POINT"):
        made.task.contract.read([{"x place": "here", "steady": 1}])
