"""Every phase's view in JupyterLab, light and dark. The pictures go to ``test-results/``; the docs hold the good ones."""

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.slow]

CELLS = {
    "search": "%%mlestar search\napproaches: 4",
    "foundation": "%%mlestar foundation\ncandidates: 4",
    "ablation": "%%mlestar ablation\nrepeats: 1",
    "refinement": "%%mlestar refinement\niterations: 2\nattempts: 3",
    "ensemble": "%%mlestar ensemble",
    "validation": "%%mlestar validation",
    "deployment": "%%mlestar deployment\nrequests: 50",
}
LUMINANCE = """node => {
  const part = v => { v /= 255; return v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; };
  const light = c => { const [r, g, b] = c.match(/[\\d.]+/g).map(Number); return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b); };
  let ground = node; while (ground && /rgba\\(0, 0, 0, 0\\)|transparent/.test(getComputedStyle(ground).backgroundColor)) ground = ground.parentElement;
  const a = light(getComputedStyle(node).color), b = light(getComputedStyle(ground).backgroundColor);
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05); }"""


@pytest.fixture(scope="module")
def finished(browser, lab, root):
    """A notebook in which all seven phases have run."""
    from tests.browser.lab import Notebook, write_notebook

    start = "%mlestar start --dataset churn.csv --target Churn --output run_views --timeout 5m"
    write_notebook(root / "views.ipynb", "%load_ext mlestar", start, *CELLS.values())
    context = browser.new_context(viewport={"width": 1300, "height": 1500})
    nb = Notebook(context.new_page(), lab, "views.ipynb")
    nb.run_all(seconds=400)
    yield nb
    context.close()


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
@pytest.mark.parametrize("phase", list(CELLS))
def test_view_shows_its_result_readably(finished, phase, theme):
    finished.theme(theme)
    index = finished.find(f"%%mlestar {phase}")
    finished.show(index)
    view = finished.page.locator(f'section.mlestar-view[aria-label="{phase.capitalize()}"]').first
    view.wait_for(timeout=10_000)
    assert view.locator("h3").inner_text() == phase.capitalize()
    finished.picture(view, f"{phase}-{theme.split()[1].lower()}")
    assert view.locator(".mlestar-summary").evaluate(LUMINANCE) >= 4.5
    assert all(image.get_attribute("alt") for image in view.locator("img").all())
    assert finished.errors == []


def test_actions_are_buttons_and_not_magics_to_type(finished):
    finished.show(finished.find("%%mlestar refinement"))
    view = finished.page.locator('section.mlestar-view[aria-label="Refinement"]').first
    view.locator("details.mlestar-proposal").first.evaluate("node => { node.open = true; }")
    assert view.locator("code.mlestar-action").count() == 0
    assert view.get_by_role("button", name="Branch").first.is_visible()


def test_whole_window_at_double_size_needs_no_sideways_scrolling(finished):
    finished.page.set_viewport_size({"width": 650, "height": 500})  # what 200 % leaves of 1300 by 1000
    finished.command("application:set-mode", mode="single-document")
    index = finished.find("%%mlestar foundation")
    finished.show(index)
    view = finished.page.locator('section.mlestar-view[aria-label="Foundation"]').first
    assert view.evaluate("node => node.scrollWidth <= node.clientWidth + 1")
    finished.page.set_viewport_size({"width": 1300, "height": 1500})
