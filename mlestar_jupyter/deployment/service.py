"""Build a service folder: the model, a FastAPI app with a typed schema, pinned requirements, a Dockerfile, a README."""

from __future__ import annotations

import ast
import json
import keyword
import re
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

import pandas as pd

from mlestar_jupyter.core.model import FittedModel
from mlestar_jupyter.errors import OutputError
from mlestar_jupyter.version import __version__

_ALWAYS = ("pandas", "scikit-learn", "joblib", "fastapi", "uvicorn", "pydantic")
_IF_PRESENT = ("pyarrow",)
_PACKAGES = {"sklearn": "scikit-learn"}


def plain_rows(rows: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as JSON has them: missing values are null, dates are text."""
    found: list[dict[str, Any]] = json.loads(rows.to_json(orient="records", date_format="iso", double_precision=15))
    return found


def build_service(folder: Path, model: FittedModel, sample: pd.DataFrame) -> Path:
    """Write the service folder.

    Parameters
    ----------
    folder : Path
    model : FittedModel
    sample : DataFrame
        A few raw rows: examples of the schema, and the types of the columns.

    Raises
    ------
    OutputError
        When the folder cannot be written.
    """
    example = plain_rows(sample.head(1).reindex(columns=model.feature_names_in_))[0]
    values = _template_values(model, sample, example)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        model.save(folder / "model")
        for name in ("app.py", "Dockerfile", "README.md"):
            (folder / name).write_text(_render(name, values), encoding="utf-8")
        (folder / "requirements.txt").write_text("\n".join(requirements(model)) + "\n", encoding="utf-8")
    except OSError as error:
        raise OutputError(f"The service cannot be written to {folder} ({error}).", mend="Free the folder.") from error
    return folder


def _render(name: str, values: dict[str, Any]) -> str:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    loader = FileSystemLoader(Path(__file__).parent / "templates")
    environment = Environment(
        loader=loader, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True
    )
    return environment.get_template(f"{name}.j2").render(values)


def _template_values(model: FittedModel, sample: pd.DataFrame, example: dict[str, Any]) -> dict[str, Any]:
    kinds = {name: _kind(sample[name]) for name in model.feature_names_in_ if name in sample}
    sentence = model.task.describe()
    return {
        "target": model.task.target,
        "title": repr(f"Predict {model.task.target}"),
        "version": repr(__version__),
        "fields": [_field(number, name, kinds, example) for number, name in enumerate(model.feature_names_in_)],
        "texts": [name for name, kind in kinds.items() if kind == "str"],
        "numbers": [name for name, kind in kinds.items() if kind in ("float", "int")],
        "python": f"{sys.version_info.major}.{sys.version_info.minor}",
        "sentence": sentence[0].upper() + sentence[1:],
        "identifier": model.solution.id,
        "image": re.sub(r"[^a-z0-9]+", "-", f"predict-{model.task.target}".lower()).strip("-"),
        "example": json.dumps({"rows": [example]}).replace("'", "'\\''"),
    }


def _kind(values: pd.Series) -> str:
    if pd.api.types.is_bool_dtype(values):
        return "bool"
    return "float" if pd.api.types.is_numeric_dtype(values) else "str"


def _field(number: int, name: str, kinds: dict[str, str], example: dict[str, Any]) -> dict[str, Any]:
    """One field of the schema; a column whose name is no identifier gets one, and keeps its name as alias."""
    usable = name.isidentifier() and not keyword.iskeyword(name) and not name.startswith(("_", "model_"))
    return {
        "name": name if usable else f"column_{number}",
        "type": kinds.get(name, "str"),
        "optional": True,
        "alias": repr(name),
        "example": repr(example.get(name)),
    }


def requirements(model: FittedModel) -> list[str]:
    """Pin what the solution's source imports, and what the service needs, at the versions in use."""
    imported = {_PACKAGES.get(name, name) for name in _imports(model.solution.module_source())}
    wanted = sorted({*imported, *_ALWAYS, *(p for p in _IF_PRESENT if _version(p))})
    return [f"{name}=={_version(name)}" for name in wanted if _version(name)]


def _imports(source: str) -> set[str]:
    """Top-level packages that a source imports."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.partition(".")[0])
    return found - set(sys.stdlib_module_names)


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None
