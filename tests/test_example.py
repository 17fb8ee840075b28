"""The example notebook."""

from pathlib import Path

import nbformat

from mlestar_jupyter.core.blocks import read_marker
from mlestar_jupyter.phases.registry import PHASES

ROOT = Path(__file__).parent.parent


def test_example_notebook_runs_every_phase_and_stores_no_output():
    notebook = nbformat.read(ROOT / "examples" / "churn.ipynb", as_version=4)
    nbformat.validate(notebook)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert all(cell.outputs == [] and cell.execution_count is None for cell in cells)
    assert notebook.metadata.kernelspec.name == "python3"
    first = [cell.source.splitlines()[0] for cell in cells]
    assert [line.split()[1] for line in first if line.startswith("%%mlestar")] == list(PHASES)
    assert [read_marker(cell.source) for cell in cells if read_marker(cell.source)] == ["features"]
