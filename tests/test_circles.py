"""No two packages import one another, not even for a type checker's eyes alone."""

from collections import defaultdict
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise

import pytest

pytestmark = pytest.mark.fast

ROOT = "mlestar_jupyter"


@pytest.fixture(scope="module")
def arrows():
    """Which package imports which, with an example."""
    grimp = pytest.importorskip("grimp")
    graph = grimp.build_graph(ROOT, exclude_type_checking_imports=False, cache_dir=None)
    found = defaultdict(dict)
    for module in graph.modules:
        for other in graph.find_modules_directly_imported_by(module):
            one, two = (".".join(name.split(".")[:2]) for name in (module, other))
            if one != two and ROOT not in (one, two):
                found[one][two] = f"{module} -> {other}"
    return found


def test_packages_import_in_no_circle(arrows):
    circle = []
    try:
        list(TopologicalSorter({one: set(others) for one, others in arrows.items()}).static_order())
    except CycleError as error:
        circle = [arrows[b].get(a) for a, b in pairwise(error.args[1])]
    assert circle == []


def test_reports_read_a_run_and_runs_know_no_workflow(arrows):
    assert f"{ROOT}.runs" not in arrows[f"{ROOT}.reports"]
    assert f"{ROOT}.workflow" not in arrows[f"{ROOT}.runs"]
