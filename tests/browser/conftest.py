import shutil
from pathlib import Path

import pytest

from tests.browser.lab import CHROMIUM, FLAGS, Notebook, serve, write_notebook

CHURN = Path(__file__).parents[2] / "examples" / "data" / "telco_churn.csv.gz"


@pytest.fixture(scope="session")
def root(tmp_path_factory):
    """The folder that the servers show, with 1,500 rows of the churn table in it."""
    import pandas as pd

    folder = tmp_path_factory.mktemp("served")
    pd.read_csv(CHURN).sample(1500, random_state=0).to_csv(folder / "churn.csv", index=False)
    return folder


@pytest.fixture(scope="session")
def lab(root):
    with serve(root, "lab") as server:
        yield server


@pytest.fixture(scope="session")
def classic(root):
    with serve(root, "notebook") as server:
        yield server


@pytest.fixture(scope="session")
def browser():
    sync = pytest.importorskip("playwright.sync_api")
    if not shutil.which(CHROMIUM):
        pytest.skip("there is no Chromium on this machine")
    with sync.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def open_notebook(browser, root, lab, request):
    """Open a notebook of some cells, or one that is there, in a page of its own."""
    contexts = []

    def open_(*sources, existing=None, server=None, app="lab", name=None):
        name = existing or f"{name or request.node.name}.ipynb".replace("[", "-").replace("]", "")
        if existing is None:
            write_notebook(root / name, *sources)
        context = browser.new_context(viewport={"width": 1300, "height": 1000})
        contexts.append(context)
        return Notebook(context.new_page(), server or lab, name, app)

    yield open_
    for context in contexts:
        context.close()
