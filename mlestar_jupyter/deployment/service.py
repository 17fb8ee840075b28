"""Build a service folder: the model, an app that is the same for all, pinned requirements, a Dockerfile, a README."""

from __future__ import annotations

import ast
import json
import re
import shutil
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pandas as pd

from mlestar_jupyter.core.contract import Contract
from mlestar_jupyter.core.files import not_written
from mlestar_jupyter.core.model import FittedModel
from mlestar_jupyter.core.quoting import remark
from mlestar_jupyter.core.script import reading_source
from mlestar_jupyter.core.templates import text_templates
from mlestar_jupyter.core.values import usual
from mlestar_jupyter.deployment.card import Card
from mlestar_jupyter.environment import distribution
from mlestar_jupyter.problems.registry import problem_of
from mlestar_jupyter.version import __version__

_TEMPLATES = Path(__file__).parent / "templates"
_ALWAYS = ("pandas", "scikit-learn", "joblib", "fastapi", "uvicorn", "pydantic")
_IF_PRESENT = ("pyarrow",)


def plain_rows(rows: pd.DataFrame) -> list[dict[str, object]]:
    """Rows as JSON has them: missing values are null, dates are text, numbers keep every digit."""
    columns: dict[str, list[object]] = {}
    for name, values in rows.items():
        if pd.api.types.is_datetime64_any_dtype(values.dtype):
            values = values.map(lambda date: date.isoformat(), na_action="ignore")  # noqa: PLW2901
        plain = values.astype(object)
        columns[str(name)] = plain.where(plain.notna(), None).tolist()
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def build_service(folder: Path, model: FittedModel, card: Card | None = None) -> Path:
    """Write the service folder; the card says what is known of the model.

    Raises
    ------
    OutputError
        When the folder cannot be written.
    """
    example = json.dumps({"rows": [example_row(model.contract)]}, indent=1)
    values = _template_values(model, card or Card())
    try:
        folder.mkdir(parents=True, exist_ok=True)
        model.save(folder / "model")
        shutil.copyfile(_TEMPLATES / "app.py", folder / "app.py")
        (folder / "rows.py").write_text(reading_source(), encoding="utf-8")
        answering = problem_of(model.task).answering(model.task)
        (folder / "answering.py").write_text(answering, encoding="utf-8")
        for name in ("Dockerfile", "README.md"):
            (folder / name).write_text(_render(name, values), encoding="utf-8")
        (folder / "example.json").write_text(example + "\n", encoding="utf-8")
        (folder / "requirements.txt").write_text("\n".join(requirements(model)) + "\n", encoding="utf-8")
    except OSError as error:
        raise not_written(folder, error) from error
    return folder


def example_row(contract: Contract) -> dict[str, object]:
    """Make up a row of usual values: none that the table has."""
    values = {c.name: usual(c) for c in contract.columns if c.needed}
    return {name: "text" if value is None else value for name, value in values.items()}


def _render(name: str, values: dict[str, str]) -> str:
    return text_templates(_TEMPLATES).get_template(f"{name}.j2").render(values)


def _template_values(model: FittedModel, card: Card) -> dict[str, str]:
    sentence = remark(model.task.describe())
    return {
        "version": __version__,
        "python": f"{sys.version_info.major}.{sys.version_info.minor}",
        "sentence": _plain(sentence[0].upper() + sentence[1:]),
        "card": "\n\n".join(_plain(remark(line)) for line in card.lines),
        "solution": model.solution.id,
        "data": model.task.data_id[:12],
        "image": re.sub(r"[^a-z0-9]+", "-", f"predict-{model.task.target}".lower()).strip("-"),
    }


def _plain(text: str) -> str:
    """Text in which Markdown sees no marks."""
    return re.sub(r"([`<>*_\[\]])", r"\\\1", text)


def requirements(model: FittedModel) -> list[str]:
    """Pin what the solution's source imports, and what the service needs, at the versions in use."""
    named = packages_distributions()
    imported = {named.get(name, [name])[0] for name in _imports(model.solution.module_source())}
    found = map(distribution, sorted({*imported, *_ALWAYS, *_IF_PRESENT}))
    return [f"{name}=={version}" for name, version in filter(None, found)]


def _imports(source: str) -> set[str]:
    """Top-level packages that a source imports."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.partition(".")[0])
    return found - set(sys.stdlib_module_names)
