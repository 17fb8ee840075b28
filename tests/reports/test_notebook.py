import ast

import pytest
from IPython.utils.text import DollarFormatter

from mlestar_jupyter import Workflow
from mlestar_jupyter.core.blocks import read_marker, source_hash
from mlestar_jupyter.notebook.arguments import read_body, read_flags, split_line
from mlestar_jupyter.notebook.cells import block_cells
from mlestar_jupyter.options.start import options_in
from mlestar_jupyter.phases.registry import PHASES
from mlestar_jupyter.phases.settings import read_settings
from mlestar_jupyter.reports.notebook import to_notebook
from tests.workers_for_tests import workers


def code(notebook):
    return [c for c in notebook.cells if c.cell_type == "code"]


def generated(notebook):
    return [c for c in code(notebook) if "block" in c.metadata.get("mlestar", {})]


def phase_cell(notebook, phase):
    (cell,) = [c for c in code(notebook) if c.source.startswith(f"%%mlestar {phase}")]
    return cell


def start_flags(notebook):
    """What the start line says, read as the magic reads it."""
    (line,) = [c.source for c in code(notebook) if c.source.startswith("%mlestar start")]
    rest, flags = read_flags(split_line(line.removeprefix("%mlestar start")), options_in("flag"))
    assert rest == []
    return flags


def test_notebook_begins_with_what_it_is_and_the_magics_that_run_it(workflow):
    cells = to_notebook(workflow.standing).cells
    assert cells[0].source.startswith("# churn\n\n")
    assert cells[1].source == "%load_ext mlestar"


def test_block_cells_have_the_metadata_that_the_extension_writes(workflow):
    cell = generated(to_notebook(workflow.standing))[0]
    assert cell.metadata["mlestar"] == {
        "run": "churn", "phase": "foundation", "key": f"block {read_marker(cell.source)}",
        "hash": source_hash(cell.source), "block": read_marker(cell.source), "candidate": workflow.solution.id,
        "author": "planner", "score": workflow.score.score,
    }  # fmt: skip
    assert cell.metadata["tags"] == ["mlestar-generated"]


def test_block_cells_are_those_that_the_phase_leaves_in_a_notebook(workflow):
    left = block_cells(workflow, workflow.score, workflow.results["foundation"].blocks)
    assert [c.source for c in generated(to_notebook(workflow.standing))] == [c.source for c in left]


def test_phase_cell_knows_what_was_delivered_below_it(workflow):
    notebook = to_notebook(workflow.standing)
    known = phase_cell(notebook, "foundation").metadata["mlestar"]
    assert (known["run"], known["phase"]) == ("churn", "foundation")
    assert known["delivered"] == {f"block {read_marker(c.source)}": source_hash(c.source) for c in generated(notebook)}


def test_phase_cell_says_the_settings_that_differ_from_the_defaults(workflow):
    lines = phase_cell(to_notebook(workflow.standing), "foundation").source.split("\n")
    assert lines[2:] == ["candidates: 2"]


def test_phase_cell_shows_the_result(workflow):
    (output,) = phase_cell(to_notebook(workflow.standing), "foundation").outputs
    assert workflow.results["foundation"].view().summary in output["data"]["text/plain"]


def test_settings_in_words_run_again_as_they_were(workflow):
    settings = read_settings(
        PHASES["search"].settings, {"notes": 'no "trees": they\'re slow # really', "approaches": 3}
    )
    workflow.run_phase("search", settings)
    body = phase_cell(to_notebook(workflow.standing), "search").source.partition("\n")[2]
    assert read_settings(PHASES["search"].settings, read_body(body)) == settings


def test_edited_block_leaves_the_phase_cells_as_they_were(workflow):
    before = [c.source for c in generated(to_notebook(workflow.standing))]
    workflow.adopt("hyperparameters", "PARAMS = {'C': 0.5}")
    assert [c.source for c in generated(to_notebook(workflow.standing))] == before


@pytest.mark.parametrize(
    "name", ["churn", "two words", "it's", 'a "quoted" name', "100 # of", "C:\\data\\x", "{a} $b", "$b {a}", "US$"]
)
def test_start_line_reads_back_as_the_arguments(churn, tmp_path, name):
    table = churn.rename(columns={"Churn": name})
    workflow = Workflow(
        table, name, name=name, output=tmp_path / "out put", timeout="10m", test=0.3, executor=workers()
    )
    line = next(c.source for c in code(to_notebook(workflow.standing)) if "start" in c.source)
    workflow.close()
    expanded = DollarFormatter().vformat(line.removeprefix("%mlestar start"), (), {})  # what IPython does first
    _, flags = read_flags(split_line(expanded), options_in("flag"))
    assert {name: given.value for name, given in flags.items()} == {
        "dataset": name, "target": name, "name": name, "output": str(tmp_path / "out put"), "timeout": "10m",
        "test": 0.3,
    }  # fmt: skip


@pytest.mark.parametrize("target", ["Churn\n(yes or no)", 'a\u2028"b"', "\x85{c}\\"])
def test_name_with_a_line_break_starts_from_one_call_that_reads_back(churn, tmp_path, target):
    workflow = Workflow(churn.rename(columns={"Churn": target}), target, output=tmp_path, executor=workers())
    (source,) = [c.source for c in code(to_notebook(workflow.standing)) if "start" in c.source]
    workflow.close()
    (statement,) = ast.parse(source).body
    magic, line = (argument.value for argument in statement.value.args)
    assert magic == "mlestar"
    expanded = DollarFormatter().vformat(line.removeprefix("start"), (), {})
    assert read_flags(split_line(expanded), options_in("flag"))[1]["target"].value == target


def test_first_cell_shows_names_as_text(churn, tmp_path):
    name = "<img src=x> *c* $y$"
    workflow = Workflow(churn.rename(columns={"Churn": name}), name, name=name, output=tmp_path, executor=workers())
    source = to_notebook(workflow.standing).cells[0].source
    workflow.close()
    shown = r"&lt;img src=x&gt; \*c\* \$y\$"
    assert source.startswith(f"# {shown}\n\n")
    assert f"predict {shown} from" in source


def test_start_line_says_every_option_of_the_run(churn, tmp_path):
    workflow = Workflow(churn, "Churn", output=tmp_path, sample=200, max_agents=1, seed=4, executor=workers())
    assert set(start_flags(to_notebook(workflow.standing))) == {
        "dataset",
        "target",
        "output",
        "sample",
        "max_agents",
        "seed",
    }
    workflow.close()


def test_usual_arguments_are_left_out(churn, tmp_path):
    workflow = Workflow(churn, "Churn", output=tmp_path, executor=workers())
    assert set(start_flags(to_notebook(workflow.standing))) == {"dataset", "target", "output"}
    workflow.close()


def test_exported_notebook_is_valid_and_the_same_each_time(workflow):
    first = workflow.export(format="ipynb").read_bytes()
    import nbformat

    nbformat.validate(nbformat.reads(first.decode(), 4))
    assert workflow.export(format="ipynb").read_bytes() == first
