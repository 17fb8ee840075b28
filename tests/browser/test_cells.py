"""Cells appear where they belong: in real JupyterLab and Notebook 7, on the churn table."""

import json
import sqlite3

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.slow]

LOAD = "%load_ext mlestar"
FOUNDATION = "%%mlestar foundation\ncandidates: 3"
BLOCKS = [
    f"# mlestar: {b}" for b in ("cleaning", "features", "preprocessing", "hyperparameters", "model", "validation")
]


def start(name: str) -> str:
    return f"%mlestar start --dataset churn.csv --target Churn --output run_{name} --timeout 10m"


def meta(cell):
    return cell["metadata"].get("mlestar", {})


@pytest.fixture
def founded(open_notebook, request):
    """A notebook in which start and foundation have run."""
    nb = open_notebook(LOAD, start(request.node.name), FOUNDATION, "'end'")
    for index in (0, 1):
        nb.run(index)
    nb.run(nb.find("%%mlestar foundation"))
    return nb


def test_phases_leave_their_cells_in_order_with_metadata(open_notebook):
    nb = open_notebook(LOAD, start("order"), "'end'")
    nb.run(0)
    nb.run(1)
    assert nb.firsts() == [LOAD, start("order"), "%%mlestar search", "'end'"]
    nb.run(2)
    assert nb.firsts()[3:] == ["%%mlestar foundation", "'end'"]
    nb.set_source(3, FOUNDATION)
    nb.run(3)
    assert nb.firsts()[4:] == [*BLOCKS, "%%mlestar ablation", "'end'"]
    features = nb.cells()[5]
    assert {"run", "phase", "key", "hash", "cell", "block", "candidate", "author", "score"} <= set(meta(features))
    assert (meta(features)["phase"], meta(features)["block"]) == ("foundation", "features")
    assert features["execution_count"] is None
    assert nb.errors == []


def test_cells_that_nobody_touched_stay_where_they_are_however_often_they_run(open_notebook):
    nb = open_notebook(LOAD, start("untouched").replace("10m", "10s"), "'end'")
    nb.run(0)
    nb.run(1)
    for phase in ("search", "foundation", "ablation"):
        nb.run(nb.find(f"%%mlestar {phase}"))
    before = nb.firsts()
    assert before == [
        LOAD, before[1], "%%mlestar search", "%%mlestar foundation", *BLOCKS, "%%mlestar ablation",
        "%%mlestar refinement", "'end'",
    ]  # fmt: skip
    nb.run(nb.find("%%mlestar search"))
    assert nb.firsts() == before
    nb.restart()
    nb.run_all()
    assert nb.firsts() == [*before[:-1], "%%mlestar ensemble", "'end'"]  # refinement ran for the first time
    assert nb.errors == []


def test_one_undo_takes_all_inserted_cells_back(founded):
    before = founded.firsts()
    founded.command("notebook:undo-cell-action")
    founded.page.wait_for_timeout(300)
    assert founded.firsts() == [line for line in before if line not in (*BLOCKS, "%%mlestar ablation")]


def test_running_a_phase_again_changes_nothing(founded):
    before = [(c["id"], c["source"]) for c in founded.cells()]
    founded.run(founded.find("%%mlestar foundation"))
    assert [(c["id"], c["source"]) for c in founded.cells()] == before


def test_an_edit_stays_and_is_what_is_ablated(founded):
    index = founded.find("# mlestar: features")
    edited = founded.cells()[index]["source"] + "\n# mine\n"
    founded.set_source(index, edited)
    founded.run(index)
    assert "Your features block is used from now on" in founded.output(index)
    ablation = founded.find("%%mlestar ablation")
    founded.set_source(ablation, "%%mlestar ablation\nblocks: [features]\nrepeats: 1")
    founded.run(ablation)
    with sqlite3.connect(founded_journal(founded)) as journal:
        (reference,) = journal.execute(
            "SELECT solution FROM candidates WHERE phase = 'ablation' ORDER BY number LIMIT 1"
        ).fetchone()
    assert "# mine" in json.loads(reference)["blocks"]["features"]
    founded.run(founded.find("%%mlestar foundation"))
    lines = founded.firsts()
    assert [lines.count(block) for block in BLOCKS] == [1] * len(BLOCKS)
    assert "# mine" in founded.cells()[index]["source"]


def founded_journal(nb):
    line = next(c["source"] for c in nb.cells() if c["source"].startswith("%mlestar start"))
    return nb.root / line.split("--output ")[1].split()[0] / "journal.sqlite"


@pytest.fixture(autouse=True)
def _know_the_folder(root, monkeypatch):
    from tests.browser.lab import Notebook

    monkeypatch.setattr(Notebook, "root", root, raising=False)


def test_restart_and_run_all_neither_loses_nor_duplicates_cells(founded):
    before = founded.firsts()
    founded.set_source(founded.find("%%mlestar ablation"), "%%mlestar ablation\nblocks: [model]\nrepeats: 1")
    founded.restart()
    founded.run_all()
    after = founded.firsts()
    assert after[: len(before) - 1] == before[:-1]
    assert after.count("%%mlestar refinement") == 1
    assert len(after) == len(before) + 1


def test_run_all_stops_at_a_block_that_cannot_be_used(founded):
    index = founded.find("# mlestar: features")
    source = founded.cells()[index]["source"].replace(
        "def make_features():", "def make_features():\n    open('nope')\n"
    )
    founded.set_source(index, source)
    founded.run_all()
    cells = founded.cells()
    assert "BlockError: Your block 'features' cannot be used: FileNotFoundError" in founded.output(index)
    assert [o["output_type"] for o in cells[index]["outputs"]].count("error") == 1
    assert all(cell["execution_count"] is None for cell in cells[index + 1 :])


def test_a_deleted_cell_stays_deleted_until_it_is_asked_for(founded):
    index = founded.find("# mlestar: cleaning")
    founded.js("p.content.model.sharedModel.deleteCell(a);", index)
    founded.run(founded.find("%%mlestar foundation"))
    assert "# mlestar: cleaning" not in founded.firsts()
    founded.page.get_by_role("button", name="Insert again").last.click()
    founded.page.wait_for_timeout(300)
    assert founded.firsts().count("# mlestar: cleaning") == 1


def test_a_new_version_is_offered_beside_an_edit_and_the_choice_is_on_record(founded):
    index = founded.find("%%mlestar ablation")
    mine = "%%mlestar ablation\nblocks: [model]\nrepeats: 1"
    founded.set_source(index, mine)
    founded.js(  # another version: as if the phase had other advice now
        "const c = p.content.model.sharedModel.cells[a];"
        "c.setMetadata('mlestar', {...c.getMetadata('mlestar'), hash: 'ffffffff'});",
        index,
    )
    founded.run(founded.find("%%mlestar foundation"))
    founded.show(index)
    offer = founded.page.locator(".mlestar-offer")
    assert offer.count() == 1
    assert "− repeats: 1" in offer.inner_text()
    assert founded.cells()[index]["source"] == mine
    founded.picture(founded.page.locator(f'.jp-Notebook-cell[data-windowed-list-index="{index}"]'), "offer-light")
    founded.page.get_by_role("button", name="Keep mine").click()
    founded.page.wait_for_timeout(500)
    assert founded.cells()[index]["source"] == mine
    founded.run(founded.find("%%mlestar foundation"))
    assert founded.page.locator(".mlestar-offer").count() == 0
    with sqlite3.connect(founded_journal(founded)) as journal:
        (detail,) = journal.execute("SELECT detail FROM events WHERE kind = 'choice'").fetchone()
    assert json.loads(detail)["choice"] == "mine"


def test_cells_go_to_the_notebook_that_ran_when_two_are_open(open_notebook):
    first = open_notebook(LOAD, start("two_a"), "'a'", name="two_a")
    second = open_notebook(LOAD, start("two_b"), "'b'", name="two_b")
    for nb in (first, second):
        nb.run(0)
    first.begin(1)
    second.begin(1)
    first.wait_idle()
    second.wait_idle()
    assert first.firsts() == [LOAD, start("two_a"), "%%mlestar search", "'a'"]
    assert second.firsts() == [LOAD, start("two_b"), "%%mlestar search", "'b'"]


def test_cells_go_to_the_notebook_behind_another_tab(open_notebook, root):
    from tests.browser.lab import write_notebook

    nb = open_notebook(LOAD, start("behind"), "'end'")
    nb.run(0)
    write_notebook(root / "front.ipynb", "'front'")
    nb.begin(1)
    nb.js("await app.commands.execute('docmanager:open', {path: 'front.ipynb'});")
    nb.page.wait_for_timeout(6000)
    found = nb.js(
        "return Array.from(app.shell.widgets('main')).filter(w => w.content?.model?.sharedModel)"
        ".map(w => w.content.model.sharedModel.cells.map(c => c.getSource().split('\\n')[0]));"
    )
    assert [LOAD, start("behind"), "%%mlestar search", "'end'"] in found
    assert ["'front'"] in found


def test_badge_tells_block_score_author_and_use(founded):
    badge = founded.page.locator(".mlestar-badge", has_text="features").first
    assert "by the planner" in badge.inner_text()
    assert "in use" in badge.inner_text()
    cell = founded.page.locator(".jp-Notebook-cell", has=badge)
    founded.show(founded.find("# mlestar: features"))
    founded.picture(cell, "badge-light")
    index = founded.find("# mlestar: features")
    founded.set_source(index, founded.cells()[index]["source"] + "\n# mine\n")
    founded.page.wait_for_timeout(300)
    assert "edited, not scored yet" in badge.inner_text()
    founded.run(index)
    assert "by you" in badge.inner_text()


def test_settings_are_highlighted_as_yaml(founded):
    mime = founded.js("return p.content.widgets[a].model.mimeType;", founded.find("%%mlestar foundation"))
    assert mime == "text/x-yaml"
    assert founded.js("return p.content.widgets[0].model.mimeType;") == "text/x-ipython"


def test_notebook_7_gets_the_cells_too(open_notebook, classic):
    nb = open_notebook(LOAD, start("classic"), FOUNDATION, "'end'", server=classic, app="notebook")
    for index in (0, 1):
        nb.run(index)
    nb.run(nb.find("%%mlestar foundation"))
    assert [line for line in nb.firsts() if line in BLOCKS] == BLOCKS
    assert nb.firsts()[-2:] == ["%%mlestar ablation", "'end'"]
