"""What the debugger is shown: enough to mend the code, and no cell of the table."""

import json

import numpy as np
import pandas as pd
import pytest

from mlestar_jupyter.core.executor import FitJob
from mlestar_jupyter.core.harness import run_job
from mlestar_jupyter.core.solution import Solution
from mlestar_jupyter.planners.llm.failures import failure_text, reason_of, without_quotes
from mlestar_jupyter.problems.forms import Labels
from tests.core.blocks_for_tests import BLOCKS
from tests.planners.llm.solutions import SOLUTION, failed
from tests.planners.tables import make_task

pytestmark = pytest.mark.fast


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("ValueError: could not convert string to float: 'Ann'", "could not convert string to float: '[value]'"),
        ('ValueError: time data "3 May" does not match', "time data '[value]' does not match"),
        ("KeyError: 'amuont'", "KeyError: '[value]'"),
        ("KeyError: 'amount'", "KeyError: 'amount'"),
        ("TypeError: 'DataFrame' object is not callable", "'DataFrame' object is not callable"),
        ("NameError: name 'X' is not defined", "name 'X' is not defined"),
        ("ValueError: got array=[1200.5 3400.25 5600.0] of shape (3, 1)", "got array=[numbers] of shape (3, 1)"),
        ("OutOfBounds: 1066-10-14 00:00:00, at position 3", "[date], at position 3"),
        ("KeyError: 4711", "KeyError: [value]"),
        ("OSError: /srv/tables/churn.csv is missing", "OSError: churn.csv is missing"),
    ],
)
def test_values_are_taken_out_and_names_stay(reason, said):
    assert said in failure_text(make_task(), failed(reason))
    assert said in reason_of(make_task(), failed(reason), 200)


def test_figures_of_findings_stay():
    text = "features: loss 0.0123 [0.0041, 0.0205], p = 0.003; model: fails without, could not convert 'Ann'."
    said = without_quotes(make_task(), SOLUTION, text)
    assert said == text.replace("'Ann'", "'[value]'")


@pytest.mark.parametrize("name", ["ClassifierChain", "MultiOutputClassifier"])
def test_a_model_of_several_targets_says_why_it_fails(tmp_path, name):
    model = (
        "from sklearn.linear_model import LogisticRegression\nfrom sklearn.multioutput import ClassifierChain, "
        f"MultiOutputClassifier\n\n\ndef make_model(**params):\n    return {name}(LogisticRegression())"
    )
    solution = Solution.of({**BLOCKS, "model": model})
    table, rows = pd.DataFrame({"x": np.arange(8.0)}), np.arange(8)
    job = FitJob(
        solution.module_name, solution.module_source(), "rows", "rows", rows, rows, rows % 2, Labels((0, 1)), 0
    )
    run_job(job, {"rows": table}, tmp_path)
    assert json.loads((tmp_path / "report.json").read_text())["reason"] == (
        f"ValueError: {name} learns several targets together, and the task has one. Use a model of one target."
    )


def test_a_real_failure_names_the_line_and_hides_the_cell(tmp_path):
    """As the harness reports it, from a solution that converts a text."""
    cleaning = "def clean(X):\n    return X.assign(colour=X['colour'].astype(float))"
    solution = Solution.of({**BLOCKS, "cleaning": cleaning})
    table, rows = pd.DataFrame({"colour": ["ultramarine"] * 8}), np.arange(8)
    job = FitJob(solution.module_name, solution.module_source(), "rows", "rows", rows, rows, rows % 2, 2, 0)
    run_job(job, {"rows": table}, tmp_path)
    report = json.loads((tmp_path / "report.json").read_text())
    assert "ultramarine" in report["traceback"]
    text = failure_text(make_task(), failed(report["reason"], report["traceback"], solution=solution))
    assert "in clean: return X.assign(colour=X['colour'].astype(float))" in text
    assert "could not convert string to float: '[value]'" in text
    assert "ultramarine" not in text
    assert "site-packages" not in text
    assert len(text) < 1800
