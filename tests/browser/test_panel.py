"""The side panel, the notebook for a data file, and hover help: in real JupyterLab."""

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.slow]

LOAD = "%load_ext mlestar"


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
    assert "· ablation" in text
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


def test_panel_finds_the_workflow_again_after_a_reload_of_the_page(panelled):
    panelled.save()
    panelled.page.reload()
    panelled.wait_ready()
    panelled.command("mlestar:show-panel")
    panelled.page.locator("#mlestar-panel").get_by_text("✓ foundation").wait_for(timeout=20_000)


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
        panelled.page.locator(".mlestar-hover", has_text=text).wait_for(timeout=5000)
        panelled.page.mouse.move(5, 5)


def test_context_menu_of_a_table_makes_a_notebook_that_starts(open_notebook, root):
    nb = open_notebook("'a'")
    nb.command("filebrowser:go-to-path", path="/", dontShowBrowser=False)
    nb.page.locator(".jp-DirListing-item", has_text="churn.csv").first.click(button="right")
    nb.page.get_by_text("Open with MLE-STAR").click()
    dialog = nb.page.locator(".jp-Dialog")
    dialog.get_by_text("churn.csv").first.wait_for()  # JupyterLab draws the title after the rest
    assert dialog.locator("select").input_value() == "Churn"
    dialog.get_by_role("button", name="Ok").click()
    nb.page.wait_for_function("() => window.jupyterapp.shell.currentWidget?.context?.path === 'churn-mlestar.ipynb'")
    nb.wait_ready()
    assert nb.firsts()[1:] == [LOAD, "%mlestar start --dataset churn.csv --target Churn", "%%mlestar search"]
    (root / "churn-mlestar.ipynb").unlink()


def test_context_menu_is_not_offered_for_other_files(open_notebook):
    nb = open_notebook("'a'", name="plain")
    nb.command("filebrowser:go-to-path", path="/", dontShowBrowser=False)
    nb.page.locator(".jp-DirListing-item", has_text="plain.ipynb").first.click(button="right")
    nb.page.locator(".lm-Menu").first.wait_for()
    assert not nb.page.get_by_text("Open with MLE-STAR").is_visible()
