"""A workflow holds its parts: none inherits, each is short, and what stands below reads public names alone."""

import inspect
import re
from pathlib import Path

import pytest

import mlestar_jupyter
from mlestar_jupyter import Workflow
from mlestar_jupyter.reports.base import RunRecord
from mlestar_jupyter.runs.standing import Standing

pytestmark = pytest.mark.fast

PACKAGE = Path(mlestar_jupyter.__file__).parent
MOST_PUBLIC = 48
"""Names of `Workflow`; there were 67 methods in it and its bases."""


def test_workflow_inherits_from_nothing():
    assert Workflow.__mro__ == (Workflow, object)


def test_workflow_is_a_thin_face():
    public = [name for name in vars(Workflow) if not name.startswith("_")]
    assert len(public) <= MOST_PUBLIC
    methods = [m for m in vars(Workflow).values() if inspect.isfunction(m) and m.__name__ != "resume"]
    for method in methods:
        source = inspect.getsource(method).replace(method.__doc__ or "", "")
        assert len(source.splitlines()) <= 12, method.__name__


@pytest.mark.parametrize("path", [PACKAGE / "workflow.py", *(PACKAGE / "runs").glob("*.py")], ids=lambda p: p.stem)
def test_no_part_is_long(path):
    most = 400 if path.stem == "workflow" else 300
    assert len(path.read_text().splitlines()) <= most


@pytest.mark.parametrize("room", ["notebook", "reports", "phases", "decisions"])
def test_nobody_reaches_into_a_workflow(room):
    private = re.compile(r"\b(workflow|run|standing|steps)\._\w+")
    found = [f"{p}: {m[0]}" for p in (PACKAGE / room).rglob("*.py") for m in private.finditer(p.read_text())]
    assert found == []


def test_standing_has_all_that_reports_read():
    wanted = {name for name in vars(RunRecord) if not name.startswith("_")}
    assert wanted <= set(dir(Standing))
