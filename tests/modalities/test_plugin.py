"""A modality of another package: it keeps the contract, and goes the whole way without another file of ours."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mlestar_jupyter import Workflow
from mlestar_jupyter.core.evaluation import Failed
from mlestar_jupyter.data.profile import profile
from mlestar_jupyter.data.reading import read_table
from mlestar_jupyter.deployment import probe
from mlestar_jupyter.errors import DataError, PluginError
from mlestar_jupyter.knowledge import recipes
from mlestar_jupyter.modalities.registry import modalities
from mlestar_jupyter.problems.recognition import make_dataset
from tests.modalities.contract import Case, ModalityContract, N, dataset_of
from tests.modalities.test_modalities import CASES
from tests.plugins_for_tests import installed

SOURCE = (Path(__file__).parent / "colours.py").read_text()
PHASES = ["search", "foundation", "ablation", "refinement", "ensemble", "validation", "deployment"]
SMALL = {
    "foundation": {"candidates": 4},
    "ablation": {"repeats": 1, "blocks": ["features", "preprocessing"]},
    "refinement": {"iterations": 1, "attempts": 2},
    "ensemble": {"members": 2},
    "deployment": {"requests": 5},
}


def colours(n, seed):
    return [f"#{v:06x}" for v in np.random.default_rng(seed).integers(0, 2**24, n)]


COLOURS = Case(
    "colour",
    {"paint": colours(N, 0), "with gaps": [c if i % 9 else None for i, c in enumerate(colours(N, 1))],
     "marked": [c if i % 20 else "n/a" for i, c in enumerate(colours(N, 2))]},
    ("blue", "#12345", 5, True, ["#123456"]),
)  # fmt: skip


@pytest.fixture(scope="class")
def plugin(tmp_path_factory):
    with installed(tmp_path_factory.mktemp("plugin"), SOURCE, ("modalities", "colour", "COLOURS")):
        yield


@pytest.mark.usefixtures("plugin")
class TestColours(ModalityContract):
    @pytest.fixture(scope="class")
    def case(self, plugin):
        return COLOURS

    @pytest.fixture(scope="class")
    def others(self):
        return {f"{role} {name}": v for role, c in CASES.items() for name, v in c.examples.items()}


@pytest.mark.usefixtures("plugin")
def test_it_is_announced_profiled_and_encoded():
    dataset = dataset_of(COLOURS.examples)
    assert "Colours: x paint, x with gaps, x marked." in dataset.task.notices
    assert any(issue.code == "colours" for issue in profile(dataset).issues)
    source = recipes.preprocessing(dataset.task, "trees")
    assert 'COLOURS = ["x paint", "x with gaps", "x marked"]' in source
    assert next(iter(recipes.feature_techniques(dataset.task))) == "warmth"
    assert recipes.feature_steps(recipes.features(list(recipes.feature_techniques(dataset.task).values())))


@pytest.mark.usefixtures("plugin")
def test_a_wrong_value_is_refused_in_plain_words():
    contract = dataset_of(COLOURS.examples).task.contract
    with pytest.raises(DataError, match="Column 'x paint', row 1: 'blue' is not a colour such as #1e90ff."):
        contract.apply([{"x paint": "blue", "x with gaps": None, "x marked": None, "steady": 1}])


@pytest.mark.usefixtures("plugin")
def test_a_user_can_ask_for_it_by_its_name():
    half = [c if i % 2 else "none" for i, c in enumerate(COLOURS.examples["paint"])]
    frame = pd.DataFrame(
        {"paint": COLOURS.examples["paint"], "half": half, "size": np.arange(N) * 0.5, "y": [0, 1] * (N // 2)}
    )
    task = make_dataset(read_table(frame), "y", roles={"paint": "colour"}).task
    assert task.columns[0].role == "colour"
    with pytest.raises(DataError) as caught:
        make_dataset(read_table(frame), "y", roles={"size": "colour"})
    assert str(caught.value) == (
        "The column 'size' cannot be read as a colour: see '0'. Leave out --role size=colour, or correct the column."
    )


def test_without_the_package_such_a_column_is_an_identifier():
    assert "colour" not in modalities()
    assert dataset_of({"paint": COLOURS.examples["paint"]}).task.columns[0].role == "identifier"


@pytest.mark.parametrize("name", ["date", "paint"])
def test_a_name_that_is_taken_or_another_is_refused(tmp_path, name):
    plugin = installed(tmp_path, SOURCE, ("modalities", name, "COLOURS"), name="painter")
    with plugin, pytest.raises(PluginError, match=f"entry point '{name}' .* called 'colour'"):
        modalities()


@pytest.mark.slow
@pytest.mark.usefixtures("plugin")
def test_it_goes_through_all_phases_the_service_and_the_script(tmp_path):
    n = 240
    random = np.random.default_rng(0)
    paint = pd.Series(colours(n, 5)).mask(random.random(n) < 0.05)
    redness = paint.str[1:3].map(lambda text: int(text, 16), na_action="ignore").astype(float).fillna(128)
    size = random.normal(size=n)
    labels = np.where(redness / 255 + 0.1 * size > 0.5, "warm", "cold")
    table = pd.DataFrame({"paint": paint, "size": size, "label": labels})
    path = tmp_path / "paints.csv"
    table.to_csv(path, index=False)
    workflow = Workflow(path, "label", output=tmp_path / "out")
    workflow.defaults = SMALL
    workflow.run()
    try:
        assert list(workflow.results) == PHASES
        assert [(e.candidate.label, e.reason) for e in workflow.candidates() if isinstance(e, Failed)] == []
        assert workflow.task.columns[0].role == "colour"
        assert (workflow.model.predict(table) == labels).mean() > 0.8
        _ask_service(workflow, table)
        _run_script(workflow, table, tmp_path)
    finally:
        workflow.close()


def _ask_service(workflow, table):
    report = workflow.results["deployment"].report
    assert (report.started, report.succeeded, report.equal) == (True, 5, True)
    with probe._running(workflow.output / "service") as (port, log, process):
        assert probe._wait_until_healthy(port, process), log.read_text()
        status, answer = probe._request(port, "POST", "/predict", {"rows": [{"paint": "#ff0000", "size": 0.1}]})
        assert (status, answer["predictions"]) == (200, ["warm"])
        status, answer = probe._request(port, "POST", "/predict", {"rows": [{"paint": "blue", "size": 0.1}]})
        assert (status, "'blue' is not a colour such as #1e90ff" in answer["detail"]) == (422, True)
        _, described = probe._request(port, "GET", "/openapi.json")
        assert "#[0-9a-fA-F]{6}" in json.dumps(described)


def _run_script(workflow, table, folder):
    """The script runs without the package that added the modality."""
    new, made = folder / "new.csv", folder / "made.csv"
    table.drop(columns="label").head(20).to_csv(new, index=False)
    script = workflow.output / "solution.py"
    bare = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    command = [sys.executable, "-P", str(script), "--predict", str(new), "--output", str(made)]
    done = subprocess.run(command, cwd=folder, env=bare, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert not re.search(r"(from|import) (guest|mlestar_jupyter)", script.read_text())
    found = pd.read_csv(made)["prediction"]
    assert (found == table["label"].head(20)).mean() > 0.8
    new.write_text("paint,size\nblue,1\n")
    refused = subprocess.run(command, cwd=folder, env=bare, capture_output=True, text=True, check=False)
    assert (refused.returncode, "is not a colour" in refused.stderr) == (2, True)


def test_the_table_is_read_with_a_holdout_of_its_own(plugin, tmp_path):
    train = pd.DataFrame({"paint": colours(N, 3), "size": np.arange(N) * 0.5, "y": [0, 1] * (N // 2)})
    test = train.head(20).assign(paint="blue")
    dataset = make_dataset(read_table(train), "y", test=test)
    assert dataset.holdout.open("test").X["paint"].isna().all()
    assert any("cannot be read as a colour: missing in 20 rows" in notice for notice in dataset.task.notices)
