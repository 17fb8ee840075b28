"""The side panel, the notebook for a data file, and hover help: in real JupyterLab."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.test_views import LUMINANCE

pytestmark = [pytest.mark.browser, pytest.mark.slow]

LOAD = "%load_ext mlestar"
GOLDEN = Path(__file__).parents[1] / "messages" / "status.json"
SEND = "import json, pathlib\nget_ipython()._mlestar_session.frontend.send(json.loads(pathlib.Path({!r}).read_text()))"


@pytest.fixture
def panelled(open_notebook, request):
    """A notebook with the panel beside it, after foundation."""
    start = f"%mlestar start --dataset churn.csv --target Churn --output run_{request.node.name} --timeout 10m"
    nb = open_notebook(LOAD, start, "%%mlestar foundation\ncandidates: 2")
    nb.command("mlestar:show-panel")
    for index in (0, 1):
        nb.run(index)
    nb.run(nb.find("%%mlestar foundation"))
    return nb


def test_panel_offers_a_start_cell_before_a_workflow_runs(open_notebook):
    nb = open_notebook("'a'")
    nb.command("mlestar:show-panel")
    nb.page.get_by_role("button", name="Insert a start cell").click()
    assert nb.firsts() == ["'a'", LOAD]


def test_panel_tells_where_the_workflow_stands_and_jumps_to_cells(panelled):
    panel = panelled.page.locator("#mlestar-panel")
    panel.get_by_text("✓ foundation").wait_for()
    text = panel.inner_text()
    assert "– ablation" in text
    assert "Present solution" in text
    assert "roc_auc" in text
    assert "of 10:00 min left" in text
    for theme in ("Dark", "Light"):
        panelled.theme(f"JupyterLab {theme}")
        panelled.picture(panel, f"panel-{theme.lower()}")
    panel.get_by_role("button", name="model by the planner").click()
    assert panelled.js("return p.content.activeCellIndex;") == panelled.find("# mlestar: model")
    panel.get_by_role("button", name="foundation").focus()
    panelled.page.keyboard.press("Enter")
    assert panelled.js("return p.content.activeCellIndex;") == panelled.find("%%mlestar foundation")


def test_panel_tells_the_states_of_phases_by_mark_and_word(open_notebook):
    nb = open_notebook(LOAD, SEND.format(str(GOLDEN)))
    nb.command("mlestar:show-panel")
    nb.run(0)
    nb.run(1)
    panel = nb.page.locator("#mlestar-panel")
    panel.get_by_text("out of date, run again").wait_for()
    rows = [row.inner_text().replace("\n", " ") for row in panel.locator("ol .mlestar-row").all()]
    phases = json.loads(GOLDEN.read_text())["status"]["phases"]
    assert rows == [f"{p['mark']} {p['name']} {p['word']}" for p in phases]
    titles = {p["name"]: panel.locator(f'[data-key="{p["name"]}"]').get_attribute("title") for p in phases}
    assert "About the solution s0." in titles["deployment"]
    assert "About" not in titles["search"]
    assert "Best so far on the same folds roc_auc 0.86235: boosting, s2" in panel.inner_text()
    for theme in ("Dark", "Light"):
        nb.theme(f"JupyterLab {theme}")
        assert all(row.evaluate(LUMINANCE) >= 4.5 for row in panel.locator("ol .mlestar-row small").all())
        nb.picture(panel, f"panel-states-{theme.lower()}")


def test_panel_shows_the_best_beside_another_present_solution(panelled):
    panelled.js(
        "p.content.model.sharedModel.insertCell(a, {cell_type: 'code', source: '%mlestar tree'});",
        len(panelled.cells()),
    )
    tree = len(panelled.cells()) - 1
    panelled.run(tree)
    panel = panelled.page.locator("#mlestar-panel")
    assert "Best so far" not in panel.inner_text()
    panelled.set_source(
        tree,
        "workflow = get_ipython()._mlestar_session.workflow\n"
        "first = workflow.candidates()[0].candidate.id\n%mlestar checkout {first}",
    )
    panelled.run(tree)
    panel.get_by_text("Best so far").wait_for(timeout=10_000)


def test_panel_offers_to_run_the_cells_after_a_restart(panelled):
    panel = panelled.page.locator("#mlestar-panel")
    panel.get_by_text("✓ foundation").wait_for()
    panelled.restart()
    panel.get_by_text("Run the cells: what they have done before is replayed").wait_for()
    assert panel.get_by_role("button", name="Insert a start cell").count() == 0
    panelled.run(0)
    panelled.run(1)
    panel.get_by_text("1 phase is on record. Run the cells: they replay.").wait_for()
    assert "↻ foundation" in panel.inner_text()
    panelled.picture(panel, "panel-restarted-light")
    panelled.set_source(panelled.find("%%mlestar ablation"), "'no more'")
    panel.get_by_role("button", name="Run all cells").press("Enter")
    panel.get_by_text("✓ foundation").wait_for(timeout=60_000)
    assert "from the journal" in str(panelled.cells()[panelled.find("%%mlestar foundation")]["outputs"])


def test_panel_finds_the_workflow_again_after_a_reload_of_the_page(panelled):
    panelled.save()
    panelled.page.reload()
    panelled.wait_ready()
    panelled.command("mlestar:show-panel")
    expect(panelled.page.locator("#mlestar-panel").get_by_text("✓ foundation")).to_be_visible(timeout=20_000)


def test_hover_explains_flags_and_settings(panelled):
    for first, word, text in (
        ("%mlestar start", "target", "the column to predict"),
        ("%%mlestar ablation", "repeats", "How often the cross-validation is repeated"),
    ):
        index = panelled.find(first)
        panelled.show(index)
        cell = panelled.page.locator(f'.jp-Notebook-cell[data-windowed-list-index="{index}"] .cm-content')
        cell.get_by_text(word, exact=False).last.hover()
        box = cell.evaluate(
            """(node, word) => { const walk = document.createTreeWalker(node, NodeFilter.SHOW_TEXT);
            for (let n; (n = walk.nextNode());) { const at = n.data.indexOf(word); if (at >= 0) {
              const r = document.createRange(); r.setStart(n, at); r.setEnd(n, at + word.length);
              const b = r.getBoundingClientRect(); return [b.x + b.width / 2, b.y + b.height / 2]; } } }""",
            word,
        )
        panelled.page.mouse.move(box[0] - 1, box[1])
        panelled.page.mouse.move(*box)
        expect(panelled.page.locator(".mlestar-hover", has_text=text)).to_be_visible(timeout=5000)
        panelled.page.mouse.move(5, 5)


def open_with(nb, file):
    nb.command("filebrowser:go-to-path", path="/", dontShowBrowser=False)
    nb.page.locator(".jp-DirListing-item").get_by_text(file, exact=True).click(button="right")
    nb.page.get_by_text("Open with MLE-STAR").click()
    return nb.page.locator(".jp-Dialog")


def wait_for_notebook(nb, name):
    nb.page.wait_for_function("name => window.jupyterapp.shell.currentWidget?.context?.path === name", arg=name)
    nb.wait_ready()


def test_context_menu_of_a_table_makes_a_notebook_that_starts(open_notebook, tables):
    nb = open_notebook("'a'")
    dialog = open_with(nb, tables("made.csv"))
    dialog.get_by_text("made.csv").first.wait_for()  # JupyterLab draws the title after the rest
    assert dialog.locator("select").input_value() == "Churn"
    dialog.get_by_role("button", name="Ok").click()
    wait_for_notebook(nb, "made-mlestar.ipynb")
    assert nb.firsts()[1:] == [LOAD, "%mlestar start --dataset made.csv --target Churn", "%%mlestar search"]


@pytest.fixture
def tables(root):
    """Tables of one's own in the folder that the servers show; what is made of them goes afterwards."""
    made = []

    def table(name):
        lines = (root / "churn.csv").read_text().splitlines(keepends=True)
        (root / name).write_text("".join(lines[:301]))
        made.append(name.partition(".")[0])
        return name

    yield table
    for name in made:
        for path in root.glob(f"{name}*"):
            path.unlink()


@pytest.fixture
def continued(open_notebook, tables):
    """A notebook that was made for a table, and has started its run."""
    nb = open_notebook("'a'")
    file = tables(f"{nb.page.evaluate('() => Math.random().toString(36).slice(2)')}.csv")
    open_with(nb, file).get_by_role("button", name="Ok").click()
    nb.file, nb.name = file, file.removesuffix(".csv")
    wait_for_notebook(nb, f"{nb.name}-mlestar.ipynb")
    nb.run(1)
    nb.run(2)
    nb.save()
    return nb


def test_table_that_has_a_run_offers_to_continue_it(continued, root):
    nb = continued
    assert (root / "mlestar_runs" / nb.name / "journal.sqlite").exists()
    dialog = open_with(nb, nb.file)
    dialog.get_by_text(f"{nb.file} has a run already").wait_for()
    for theme in ("Dark", "Light"):
        nb.theme(f"JupyterLab {theme}")
        nb.picture(dialog.locator(".jp-Dialog-content"), f"open-with-{theme.lower()}")
    nb.page.keyboard.press("Enter")
    wait_for_notebook(nb, f"{nb.name}-mlestar.ipynb")
    assert [p.name for p in root.glob(f"{nb.name}*.ipynb")] == [f"{nb.name}-mlestar.ipynb"]


def test_new_run_of_a_table_has_a_folder_of_its_own(continued):
    nb = continued
    dialog = open_with(nb, nb.file)
    dialog.get_by_role("button", name="New run").press("Enter")
    dialog.locator("select").wait_for()
    dialog.get_by_role("button", name="Ok").click()
    wait_for_notebook(nb, f"{nb.name}-mlestar-2.ipynb")
    assert nb.firsts()[2] == f"%mlestar start --dataset {nb.file} --target Churn --name {nb.name}-2"


def test_dialog_of_a_run_can_be_left_without_a_notebook(continued, root):
    nb = continued
    open_with(nb, nb.file).get_by_text("has a run already").wait_for()
    nb.page.keyboard.press("Escape")
    nb.page.locator(".jp-Dialog").wait_for(state="detached")
    assert [p.name for p in root.glob(f"{nb.name}*.ipynb")] == [f"{nb.name}-mlestar.ipynb"]


def test_run_whose_notebook_is_gone_is_continued_in_another(continued, root):
    nb = continued
    (root / f"{nb.name}-mlestar.ipynb").unlink()
    (root / f"{nb.name}-broken.ipynb").write_text("no notebook")
    dialog = open_with(nb, nb.file)
    dialog.get_by_role("button", name="Continue").press("Enter")
    dialog.locator("select").wait_for()
    dialog.get_by_role("button", name="Ok").click()
    wait_for_notebook(nb, f"{nb.name}-mlestar.ipynb")
    assert nb.firsts()[2] == f"%mlestar start --dataset {nb.file} --target Churn"


def test_notebook_7_asks_too(open_notebook, classic, tables, root):
    file = tables("seven.csv")
    (root / "mlestar_runs" / "seven").mkdir(parents=True)
    (root / "mlestar_runs" / "seven" / "journal.sqlite").touch()
    nb = open_notebook("'a'", server=classic, app="notebook", name="classic_open_with")
    nb.js("void app.commands.execute('mlestar:create-notebook', {path: a, target: 'Churn'});", file)
    dialog = nb.page.locator(".jp-Dialog")
    dialog.get_by_text("seven.csv has a run already").wait_for()
    dialog.get_by_role("button", name="New run").press("Enter")
    nb.page.wait_for_timeout(2000)
    assert "--name seven-2" in (root / "seven-mlestar.ipynb").read_text()


def test_context_menu_is_not_offered_for_other_files(open_notebook):
    nb = open_notebook("'a'", name="plain")
    nb.command("filebrowser:go-to-path", path="/", dontShowBrowser=False)
    nb.page.locator(".jp-DirListing-item", has_text="plain.ipynb").first.click(button="right")
    nb.page.locator(".lm-Menu").first.wait_for()
    assert not nb.page.get_by_text("Open with MLE-STAR").is_visible()
