"""While a phase runs, and what the human decides after it: in real JupyterLab, on the churn table."""

import sqlite3
import time

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.slow]

LOAD = "%load_ext mlestar"


def start(name: str) -> str:
    return f"%mlestar start --dataset churn.csv --target Churn --output run_{name}"


def attempt_button(nb, label):
    return nb.page.locator(".mlestar-proposal[open]").get_by_role("button", name=label).first


def test_stop_button_stops_refinement_within_two_seconds_and_keeps_results(open_notebook, root):
    nb = open_notebook(
        LOAD,
        start("stop"),
        "%%mlestar foundation\ncandidates: 3",
        "%%mlestar refinement\nblocks: [hyperparameters]\nattempts: 60",
        "'never'",
    )
    for index in (0, 1):
        nb.run(index)
    nb.run(nb.find("%%mlestar foundation"))
    nb.begin(nb.find("%%mlestar refinement"))
    nb.js("p.content.activeCellIndex = a; app.commands.execute('notebook:run-cell');", len(nb.cells()) - 1)
    stop = nb.page.get_by_role("button", name="■ Stop")
    nb.show(nb.find("%%mlestar refinement"))
    live = nb.page.locator(".mlestar-live")
    live.get_by_text("worker 1").wait_for(timeout=60_000)
    nb.page.wait_for_function("() => /[2-9] evaluated/.test(document.querySelector('.mlestar-live')?.textContent)")
    assert "elapsed" in live.inner_text()
    assert live.locator("svg[role=img]").get_attribute("aria-label").startswith("Best roc_auc so far")
    nb.picture(nb.output_node(nb.find("%%mlestar refinement")), "live-light")
    began = time.monotonic()
    stop.click()
    nb.page.wait_for_function(
        "() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.status === 'idle'", timeout=10_000
    )
    assert time.monotonic() - began < 2
    nb.page.wait_for_timeout(500)
    assert "Stopped. All finished evaluations are kept" in nb.output(nb.find("%%mlestar refinement"))
    assert nb.cells()[-1]["execution_count"] is None, "a queued cell ran after the stop"
    with sqlite3.connect(root / "run_stop" / "journal.sqlite") as journal:
        (kept,) = journal.execute(
            "SELECT COUNT(*) FROM evaluations e JOIN candidates c ON c.number = e.candidate WHERE c.phase = 'refinement'"
        ).fetchone()
    assert kept >= 2


@pytest.fixture
def reviewed(open_notebook, request):
    """A notebook in which refinement has proposed, and waits."""
    nb = open_notebook(
        LOAD,
        start(request.node.name),
        "%%mlestar foundation\ncandidates: 2",
        "%%mlestar refinement\nblocks: [model]\nattempts: 3\nsignificance: 1\nreview: true",
    )
    for index in (0, 1):
        nb.run(index)
    nb.run(nb.find("%%mlestar foundation"))
    nb.run(nb.find("%%mlestar refinement"))
    nb.show(nb.find("%%mlestar refinement"))
    nb.page.locator(".mlestar-proposal").first.evaluate("element => { element.open = true; }")
    return nb


def test_proposal_is_accepted_then_rejected_by_keyboard(reviewed):
    nb = reviewed
    proposal = nb.page.locator(".mlestar-proposal[open]").first
    identifier = proposal.get_attribute("data-mlestar-id")
    assert "gain" in proposal.inner_text()
    proposal.locator("summary").first.focus()
    nb.picture(proposal, "proposal-light")
    count = len(nb.cells())
    nb.page.keyboard.press("a")
    nb.page.wait_for_timeout(300)
    nb.wait_idle()
    accepted = nb.find(f"%mlestar accept {identifier}")
    assert accepted > nb.find("%%mlestar refinement")
    assert "In use from now on" in nb.output(accepted)
    assert nb.firsts()[accepted + 1] == "# mlestar: model"
    assert len(nb.cells()) == count + 2
    nb.show(nb.find("%%mlestar refinement"))
    proposal.locator("summary").first.focus()
    nb.page.keyboard.press("e")
    nb.wait_idle()
    edit = nb.find(f"%mlestar edit {identifier}")
    assert nb.firsts()[edit + 1] == "# mlestar: model"


def test_another_variant_is_asked_for_by_its_button(reviewed):
    nb = reviewed
    nb.page.get_by_role("button", name="Another").first.click()
    nb.page.wait_for_timeout(300)
    nb.wait_idle()
    proposed = nb.find("%mlestar propose model")
    assert "Proposal for model" in nb.output(proposed)


def test_steps_survive_restart_and_run_all(reviewed):
    nb = reviewed
    attempt_button(nb, "Accept").click()
    nb.page.wait_for_timeout(300)
    nb.wait_idle()
    before = nb.firsts()
    accepted = next(i for i, line in enumerate(before) if line.startswith("%mlestar accept"))
    said = nb.output(accepted)
    nb.restart()
    nb.run_all()
    after = [line for line in nb.firsts() if line != "# mlestar: ensemble"]  # where a combination is used
    assert after == [*before, "%%mlestar validation"]  # the ensemble's cell stood there, and has run now
    assert nb.output(accepted) == said


def test_saved_notebook_shows_results_without_a_dead_widget(reviewed, root):
    nb = reviewed
    nb.save()
    nb.page.wait_for_timeout(500)
    name = "test_saved_notebook_shows_results_without_a_dead_widget.ipynb"
    text = (root / name).read_text()
    assert "application/vnd.jupyter.widget-view+json" not in text
    assert "mlestar-proposal" in text
