import sys
from types import ModuleType

import pytest

from mlestar_jupyter.core.blocks import read_marker
from mlestar_jupyter.notebook.arguments import read_body
from mlestar_jupyter.notebook.cells import Batch, Cell, block_cells, phase_batch, settings_cell
from mlestar_jupyter.phases.registry import PHASES
from mlestar_jupyter.phases.settings import read_settings

FEATURES, MODEL, NEXT = (
    Cell("block features", "# mlestar: features\nf = 1", {"block": "features"}),
    Cell("block model", "# mlestar: model\nm = 1", {"block": "model"}),
    Cell("phase ablation", "%%mlestar ablation\nrepeats: 2"),
)
BATCH = Batch("churn", "foundation", (FEATURES, MODEL, NEXT))
DELIVER = "from mlestar_jupyter.notebook.cells import deliver\ndeliver(get_ipython()._mlestar_session, batch)"


# --- which front end gets what ------------------------------------------------------------------------------------


def test_vscode_gets_every_cell_the_last_first(open_notebook):
    answer = open_notebook("vscode").run(DELIVER, batch=BATCH)
    assert answer.inputs == [NEXT.source, MODEL.source, FEATURES.source]


def test_vscode_is_never_asked_to_replace_the_cell_that_ran(open_notebook):
    answer = open_notebook("vscode").run(DELIVER, batch=BATCH)
    assert [p["replace"] for p in answer.reply["payload"]] == [False, False, False]


def test_jupyterlab_without_the_extension_gets_the_next_phase_alone(open_notebook):
    notebook = open_notebook("jupyterlab")
    notebook.refuse()
    assert notebook.run(DELIVER, batch=BATCH).inputs == [NEXT.source]


def test_colab_gets_the_next_phase_alone(open_notebook, monkeypatch):
    monkeypatch.setitem(sys.modules, "google.colab", ModuleType("google.colab"))
    assert open_notebook("jupyterlab").run(DELIVER, batch=BATCH).inputs == [NEXT.source]


def test_jupyterlab_gets_no_input_while_the_extension_may_be_there(open_notebook):
    notebook = open_notebook("jupyterlab")
    assert notebook.run(DELIVER, batch=BATCH).inputs == []
    notebook.say(type="hello", protocol=1)
    assert notebook.run(DELIVER, batch=Batch("churn", "ablation", (MODEL,))).inputs == []


def test_headless_runs_get_no_input(open_notebook):
    assert open_notebook("headless").run(DELIVER, batch=BATCH).inputs == []


def test_batch_without_cells_shows_nothing(open_notebook):
    answer = open_notebook("vscode").run(DELIVER, batch=Batch("churn", "deployment", ()))
    assert (answer.inputs, answer.shown) == ([], [])


# --- what is shown ------------------------------------------------------------------------------------------------


def test_extension_gets_the_batch_with_the_id_of_the_cell_that_ran(open_notebook):
    notebook = open_notebook("jupyterlab")
    (content,) = notebook.run(DELIVER, batch=BATCH).batches
    assert {k: content[k] for k in ("v", "run", "phase", "cell_id")} == {
        "v": 1, "run": "churn", "phase": "foundation", "cell_id": notebook.cell_id,
    }  # fmt: skip
    assert content["cells"][0] == {"key": FEATURES.key, "source": FEATURES.source, "metadata": {"block": "features"}}


def test_front_ends_without_the_extension_see_the_code_folded(open_notebook):
    (bundle,) = open_notebook("vscode").run(DELIVER, batch=BATCH).shown
    assert bundle["text/html"].count("<details") == 3
    assert "m = 1" in bundle["text/html"]


def test_consoles_see_one_line_that_says_how_to_go_on(open_notebook):
    (bundle,) = open_notebook("headless").run(DELIVER, batch=BATCH).shown
    assert bundle["text/plain"] == (
        "Blocks: features, model; `%mlestar insert BLOCK` puts one into a cell, to edit and run. "
        "Next: %%mlestar ablation. `%mlestar export --format ipynb` writes all cells as a notebook."
    )


def test_notebooks_are_not_asked_to_export(open_notebook):
    (bundle,) = open_notebook("vscode").run(DELIVER, batch=Batch("churn", "search", (NEXT,))).shown
    assert bundle["text/plain"] == "Next: %%mlestar ablation."


# --- once ---------------------------------------------------------------------------------------------------------


def test_same_batch_again_puts_in_nothing(open_notebook):
    notebook = open_notebook("vscode")
    notebook.run(DELIVER, batch=BATCH)
    assert notebook.run(DELIVER, batch=BATCH).inputs == []


def test_batch_that_has_changed_is_put_in_again(open_notebook):
    notebook = open_notebook("vscode")
    notebook.run(DELIVER, batch=BATCH)
    assert notebook.run(DELIVER, batch=Batch("churn", "foundation", (MODEL,))).inputs == [MODEL.source]


def test_replayed_batch_puts_in_nothing_and_is_shown_all_the_same(open_notebook):
    answer = open_notebook("vscode").run(DELIVER, batch=Batch("churn", "foundation", (MODEL,), replayed=True))
    assert answer.inputs == []
    assert len(answer.batches) == 1


def test_rerun_of_a_phase_after_a_restart_puts_in_nothing(open_notebook, churn, run_folder):
    notebook = open_notebook("vscode")
    notebook.run(f"%mlestar start --dataset churn --target Churn --name churn --output {run_folder}", churn=churn)
    answer = notebook.run("%%mlestar foundation\ncandidates: 2")
    assert answer.reply["status"] == "ok"
    assert answer.inputs == []
    assert [c["key"] for c in answer.batches[0]["cells"]][-1] == "phase ablation"


def test_start_puts_in_the_first_phase(open_notebook, churn, tmp_path):
    answer = open_notebook("vscode").run(
        f"%mlestar start --dataset churn --target Churn --output {tmp_path}", churn=churn
    )
    assert [source.split("\n")[0] for source in answer.inputs] == ["%%mlestar search"]


def test_start_again_before_any_phase_puts_in_nothing(open_notebook, churn, tmp_path):
    notebook, start = open_notebook("vscode"), f"%mlestar start --dataset churn --target Churn --output {tmp_path}"
    notebook.run(start, churn=churn)
    assert notebook.run(start).inputs == []


def test_run_again_after_a_restart_puts_in_nothing(open_notebook, churn, run_folder):
    notebook = open_notebook("vscode")
    notebook.run(f"%mlestar start --dataset churn --target Churn --name churn --output {run_folder}", churn=churn)
    notebook.session.workflow.defaults = {"foundation": {"candidates": 2}}
    assert notebook.run("%mlestar run foundation").reply["status"] == "ok"
    notebook.run(f"%mlestar start --dataset churn --target Churn --name churn --output {run_folder}")
    notebook.session.workflow.defaults = {"foundation": {"candidates": 2}}
    assert notebook.run("%mlestar run foundation").inputs == []


def test_acceptance_puts_in_its_block_and_none_after_a_restart(open_notebook, churn, run_folder):
    notebook, inputs = open_notebook("vscode"), []
    for _ in range(2):
        notebook.run(f"%mlestar start --dataset churn --target Churn --name churn --output {run_folder}", churn=churn)
        notebook.run("%%mlestar foundation\ncandidates: 2")
        notebook.run("%mlestar propose hyperparameters")
        accepted = notebook.session.workflow.candidates()[-1].candidate
        inputs.append(notebook.run(f"%mlestar accept {accepted.id}").inputs)
    assert inputs == [[accepted.solution.blocks["hyperparameters"].rstrip()], []]


# --- what the cells say -------------------------------------------------------------------------------------------


def test_blocks_stand_in_the_solutions_order_with_their_origin(workflow):
    cells = block_cells(workflow, workflow.score, ("model", "cleaning"))
    assert [c.key for c in cells] == ["block cleaning", "block model"]
    assert cells[0].metadata == {
        "block": "cleaning", "candidate": workflow.solution.id, "author": "planner", "score": workflow.score.score,
    }  # fmt: skip


def test_block_cells_begin_with_their_marker(workflow):
    cells = block_cells(workflow, workflow.score, tuple(workflow.solution.blocks))
    assert [read_marker(c.source) for c in cells] == list(workflow.solution.blocks)


def test_there_are_no_block_cells_before_there_is_a_solution(workflow):
    assert block_cells(workflow, None, ("model",)) == []


def test_phase_leaves_its_blocks_and_the_next_phase(workflow):
    batch = phase_batch(workflow, workflow.results["foundation"])
    keys = [c.key for c in batch.cells]
    assert keys == [*(f"block {b}" for b in workflow.results["foundation"].blocks), "phase ablation"]


@pytest.mark.parametrize("phase", PHASES)
def test_settings_cell_reads_back_as_the_defaults(phase):
    magic, _, body = settings_cell(phase, {}).source.partition("\n")
    assert magic == f"%%mlestar {phase}"
    kind = PHASES[phase].settings
    assert read_settings(kind, read_body(body)) == kind().spelled_out()


@pytest.mark.parametrize(
    ("phase", "given"),
    [
        ("foundation", {"notes": 'no "trees": please # really'}),
        ("foundation", {"max_evaluations": 3}),
        ("refinement", {"significance": 1e-05, "review": True}),
        ("validation", {"sensitive": ["Age, in years", "a: b", "yes", "1", "Größe"]}),
    ],
)
def test_settings_cell_reads_back_as_what_was_given(phase, given):
    kind = PHASES[phase].settings
    body = settings_cell(phase, given).source.partition("\n")[2]
    assert read_settings(kind, read_body(body)) == read_settings(kind, given)
