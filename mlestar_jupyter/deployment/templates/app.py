"""A service that predicts rows: POST them to /predict, look at /docs.

Written by mlestar_jupyter, which it does not need. Run: uvicorn app:app

This file is the same for every model: all that is about one stands in model/manifest.json, model/contract.json and
answering.py.
"""

import hashlib
import importlib
import json
import sys
from pathlib import Path
from typing import Annotated, Any

import joblib
from answering import answer
from fastapi import FastAPI, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema
from rows import Contract, RowsError, json_schema

FOLDER = Path(__file__).parent / "model"
MANIFEST = json.loads((FOLDER / "manifest.json").read_text(encoding="utf-8"))
CONTRACT = Contract.from_dict(json.loads((FOLDER / "contract.json").read_text(encoding="utf-8")))
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
    """One prediction a row, and the probability of each class where there is one; some models say more."""

    model_config = ConfigDict(extra="allow")

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
    if where == "body" and found["type"] != "missing":
        said = 'give the rows in an object: {"rows": [{"column": "value"}]}'
    else:
        said = found["msg"]
    text = f"{where}: {said}".encode("utf-8", "replace").decode()
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
    found = answer(model, frame, MANIFEST["task"])
    return Answer(**found, solution=MANIFEST["solution"], notices=notices)
