"""A service that predicts rows: POST them to /predict, look at /docs.

Written by mlestar_jupyter, which it does not need. Run: uvicorn app:app

This file is the same for every model: all that is about one stands in model/manifest.json and model/contract.json.
"""

import hashlib
import importlib
import json
import math
import sys
from pathlib import Path
from typing import Annotated, Any

import joblib
from fastapi import FastAPI, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema
from rows import Contract, RowsError, json_schema

FOLDER = Path(__file__).parent / "model"
MANIFEST = json.loads((FOLDER / "manifest.json").read_text(encoding="utf-8"))
CONTRACT = Contract.from_dict(json.loads((FOLDER / "contract.json").read_text(encoding="utf-8")))
CLASSES = MANIFEST["task"]["classes"]
MAX_ROWS = 10_000


def load() -> Any:
    """Load the model, after its files have been held against the manifest."""
    for name, expected in MANIFEST["sha256"].items():
        if hashlib.sha256((FOLDER / name).read_bytes()).hexdigest() != expected:
            raise SystemExit(f"{name} is not the file that was deployed: its hash differs. Deploy again.")
    sys.path.insert(0, str(FOLDER))
    importlib.import_module(MANIFEST["module"])
    return joblib.load(FOLDER / "model.joblib")


ROW = {
    "type": "object",
    "title": "Row",
    "description": "One row, in the table's own columns and any order; a missing value is null, others are ignored.",
    "properties": {column.name: json_schema(column) for column in CONTRACT.columns},
    "required": [column.name for column in CONTRACT.columns if column.needed],
}


class Rows(BaseModel):
    """Rows to predict, 10,000 at most."""

    model_config = ConfigDict(extra="forbid")

    rows: list[Annotated[dict[str, Any], WithJsonSchema(ROW)]] = Field(min_length=1, max_length=MAX_ROWS)


class Answer(BaseModel):
    """One prediction a row, and the probability of each class where there is one."""

    predictions: list[Any]
    probabilities: list[dict[str, float]] | None = None
    solution: str
    notices: list[str] = []


class Refusal(BaseModel):
    """Why rows were refused."""

    detail: str


model = load()
app = FastAPI(title=f"Predict {MANIFEST['task']['target']}", version=MANIFEST["solution"])


@app.exception_handler(RequestValidationError)
def refuse(request: Request, error: RequestValidationError) -> JSONResponse:
    """Say what is wrong with a request without sending it back."""
    del request
    found = error.errors()[0]
    where = ".".join(str(part) for part in found["loc"])
    text = f"{where}: {found['msg']}".encode("utf-8", "replace").decode()
    return JSONResponse({"detail": text[:500]}, status_code=422)


@app.get("/health")
def health() -> dict[str, str]:
    """Say that the model is loaded."""
    return {"status": "ok", "solution": MANIFEST["solution"]}


@app.get("/model")
def card() -> dict[str, Any]:
    """Say what the model is: its task, blocks and versions."""
    return {key: MANIFEST[key] for key in ("solution", "data_id", "task", "blocks", "versions")}


@app.post("/predict", responses={422: {"model": Refusal}})
def predict(request: Rows) -> Answer:
    """Predict rows."""
    try:
        frame, notices = CONTRACT.read(request.rows)
    except RowsError as error:
        raise HTTPException(status_code=422, detail=str(error)) from error
    values = model.predict(frame).ravel()
    solution = MANIFEST["solution"]
    if not CLASSES:
        numbers = [float(value) if math.isfinite(value) else None for value in values]
        return Answer(predictions=numbers, solution=solution, notices=notices)
    probabilities = None
    if hasattr(model, "predict_proba"):
        known = [str(CLASSES[int(code)]) for code in model.classes_]
        probabilities = [dict(zip(known, map(float, row), strict=True)) for row in model.predict_proba(frame)]
    labels = [CLASSES[int(code)] for code in values]
    return Answer(predictions=labels, probabilities=probabilities, solution=solution, notices=notices)
