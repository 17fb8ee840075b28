"""How deployment shows the service that it built."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import pandas as pd

from mlestar_jupyter.display.rendering import MARKS
from mlestar_jupyter.display.view import Section, View

if TYPE_CHECKING:
    from mlestar_jupyter.phases.deployment.result import DeploymentResult


def deployment_view(result: DeploymentResult) -> View:
    """Show the gates, then the files."""
    files = pd.DataFrame(
        [
            {"file": str(p.relative_to(result.folder)), "kB": round(p.stat().st_size / 1024, 1)}
            for p in sorted(result.folder.rglob("*"))
            if p.is_file() and "__pycache__" not in p.parts
        ]
    )
    gates = pd.DataFrame([{"gate": text, "result": MARKS[status]} for status, text in result.gates()])
    start = f"cd {shlex.quote(str(result.folder))}\npip install -r requirements.txt\nuvicorn app:app"
    sections = [
        Section("Tried for real", table=gates),
        Section("Start it", code=start),
        Section("On the model's card", lines=tuple(("info", line) for line in result.card.lines)),
        Section(f"Files ({len(files)})", table=files, folded=True),
    ]
    if result.report is not None and result.report.log:
        sections.append(Section("Log", code=result.report.log, folded=True))
    return View("Deployment", result.summary, tuple(sections))
