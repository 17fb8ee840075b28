"""How a run began, read from its folder."""

import re

import pytest

from mlestar_jupyter.core.journal import Journal
from mlestar_jupyter.errors import OutputError
from mlestar_jupyter.runs.record import read_run

pytestmark = pytest.mark.fast

BEGAN = {"dataset": "churn.csv", "target": "churn"}


def recorded(folder, **facts):
    """The folder of a run with these facts on record."""
    journal = Journal(folder)
    for key, value in facts.items():
        journal.put(key, value)
    journal.close()
    return folder


@pytest.mark.parametrize(
    ("facts", "line"),
    [
        ({}, "The run in {} was stopped before it began. Start it again."),
        (
            {"arguments": BEGAN | {"dataset": None}},
            "The dataset of the run in {} was in memory. Give it: resume(folder, dataset=…).",
        ),
        (
            {"arguments": BEGAN | {"planner": "linear"}},
            "The run in {} began with the planner 'linear', which is not installed here. "
            "Install the package that adds it.",
        ),
    ],
)
def test_run_that_cannot_be_taken_up_says_why(tmp_path, facts, line):
    with pytest.raises(OutputError) as error:
        read_run(recorded(tmp_path, **facts), None, {})
    assert str(error.value) == line.format(tmp_path)


def test_folder_without_a_run_says_so(tmp_path):
    with pytest.raises(OutputError) as error:
        read_run(tmp_path, None, {})
    assert str(error.value) == f"{tmp_path} holds no run. Give the --output folder of a run."


@pytest.mark.parametrize("arguments", [3, {"target": "y"}, BEGAN | {"zzz": 1}, BEGAN | {"seed": "many"}])
def test_record_of_the_start_that_cannot_be_read_is_damage(tmp_path, arguments):
    with pytest.raises(OutputError) as error:
        read_run(recorded(tmp_path, arguments=arguments), None, {})
    assert re.fullmatch(
        rf"{tmp_path}/journal.sqlite is damaged \(how the run began cannot be read.*\)\. Put back a copy of it, "
        "or choose another --output folder; the run's other files are not touched\\.",
        str(error.value),
    )
