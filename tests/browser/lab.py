"""A Jupyter server of its own, and a notebook open in headless Chromium, driven through the application object."""

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Sequence
from pathlib import Path

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or "/usr/bin/chromium"
PICTURES = Path(__file__).parents[2] / "test-results" / "views"
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
READY = """() => Promise.race([(async () => {
  const app = window.jupyterapp; if (!app) return false; await app.restored;
  const p = app.shell.currentWidget; if (!p || !p.sessionContext || !p.content?.model) return false;
  await p.context.ready; await p.sessionContext.ready;
  const kernel = p.sessionContext.session?.kernel; if (!kernel) return false;
  await kernel.info; return kernel.status === 'idle'; })(),
  new Promise(done => setTimeout(() => done(false), 3000))])"""
IDLE = """() => { const p = window.jupyterapp.shell.currentWidget;
  return p.sessionContext.session?.kernel?.status === 'idle' && p.content.widgets.every(
    w => !w.node.querySelector('.jp-InputArea-prompt')?.textContent.includes('*') && w.prompt !== '*'
      && w.model.executionState !== 'running'); }"""


@contextlib.contextmanager
def serve(root: Path, app: str, disabled: Sequence[str] = ()):
    """Serve a folder with JupyterLab ("lab") or Notebook 7 ("notebook"); yields address and token.

    The extensions named in `disabled` are not loaded.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    home, token = Path(tempfile.mkdtemp(prefix="jupyter-home")), uuid.uuid4().hex
    settings = home / "settings" / "@jupyterlab" / "apputils-extension"
    settings.mkdir(parents=True)
    (settings / "notification.jupyterlab-settings").write_text('{"fetchNews": "false", "checkForUpdates": false}')
    page = home / "config" / "labconfig" / "page_config.json"
    page.parent.mkdir(parents=True)
    page.write_text(json.dumps({"disabledExtensions": dict.fromkeys(disabled, True)}))
    env = dict(os.environ) | {
        "HOME": str(home), "JUPYTER_CONFIG_DIR": str(home / "config"), "JUPYTER_DATA_DIR": str(home / "data"),
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"), "IPYTHONDIR": str(home / "ipython"),
        "JUPYTERLAB_SETTINGS_DIR": str(home / "settings"), "JUPYTERLAB_WORKSPACES_DIR": str(home / "workspaces"),
        "JUPYTER_PLATFORM_DIRS": "1", "PATH": f"{sys.prefix}/bin:{os.environ['PATH']}",
    }  # fmt: skip
    command = [
        sys.executable, "-m", "jupyter", app, "--no-browser", "--allow-root", "--ip=127.0.0.1", f"--port={port}",
        f"--IdentityProvider.token={token}", f"--ServerApp.root_dir={root}", "--ServerApp.port_retries=0",
        "--LabApp.news_url=None", "--expose-app-in-browser",
    ]  # fmt: skip
    log = (home / "server.log").open("w")
    process = subprocess.Popen(command, env=env, stdout=log, stderr=subprocess.STDOUT)
    address = f"http://127.0.0.1:{port}"
    try:
        until = time.monotonic() + 90
        while True:
            with contextlib.suppress(urllib.error.URLError, OSError):
                urllib.request.urlopen(f"{address}/api/status?token={token}", timeout=2)
                break
            if time.monotonic() > until or process.poll() is not None:
                raise RuntimeError((home / "server.log").read_text()[-3000:])
            time.sleep(0.2)
        yield address, token
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
        log.close()
        shutil.rmtree(home, ignore_errors=True)


def write_notebook(path: Path, *sources: str) -> None:
    """Write a notebook of code cells."""
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    import nbformat
    from nbformat import v4

    cells = [v4.new_code_cell(source) for source in sources]
    nbformat.write(v4.new_notebook(cells=cells, metadata={"kernelspec": kernel}), path)


class Notebook:
    """A notebook open in a page."""

    def __init__(self, page, server, path: str, app: str = "lab") -> None:
        self.page = page
        self.errors: list[str] = []
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        address, token = server
        # a workspace of its own: else JupyterLab restores what other tests had open
        where = f"lab/workspaces/{uuid.uuid4().hex}/tree/{path}" if app == "lab" else f"notebooks/{path}"
        page.goto(f"{address}/{where}?token={token}")
        self.wait_ready()

    def wait_ready(self, seconds: float = 90) -> None:
        """Wait for the notebook and an idle kernel."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            with contextlib.suppress(Exception):  # the page was still navigating
                if self.page.evaluate(READY):
                    return
            time.sleep(0.2)
        raise AssertionError("the notebook did not get ready")

    def js(self, body: str, argument=None, seconds: float = 60):
        """Run the body of an async function, `a` being the argument and `p` the notebook's panel."""
        code = (
            "([a, ms]) => Promise.race([(async () => { const app = window.jupyterapp, p = app.shell.currentWidget;"
            + body
            + "})(), new Promise((_, no) => setTimeout(() => no(new Error('took too long')), ms))])"
        )
        return self.page.evaluate(code, [argument, seconds * 1000])

    def command(self, name: str, seconds: float = 60, **arguments) -> None:
        """Run a command of the application."""
        self.js("await app.commands.execute(a[0], a[1]);", [name, arguments], seconds)

    def select(self, index: int) -> None:
        """Make a cell the active one."""
        self.js("p.content.deselectAll(); p.content.activeCellIndex = a;", index)

    def show(self, index: int) -> None:
        """Scroll to a cell."""
        self.select(index)
        self.js("await p.content.scrollToItem(a, 'start');", index)
        self.page.wait_for_timeout(300)

    def output_node(self, index: int):
        """The element with a cell's outputs."""
        return self.page.locator(f'.jp-Notebook-cell[data-windowed-list-index="{index}"] .jp-Cell-outputArea')

    def picture(self, locator, name: str) -> None:
        """Take a screenshot of an element that is whole in the window."""
        locator.scroll_into_view_if_needed()
        box = locator.bounding_box()
        window = self.page.viewport_size
        assert box, f"{name} is not shown"
        assert min(box["x"], box["y"]) >= 0, f"{name} begins outside the window"
        assert box["y"] + box["height"] <= window["height"], f"{name} is higher than the window"
        PICTURES.mkdir(parents=True, exist_ok=True)
        clip = {"x": max(box["x"] - 8, 0), "y": max(box["y"] - 8, 0)}
        clip |= {"width": box["width"] + 16, "height": box["height"] + 16}
        self.page.screenshot(path=PICTURES / f"{name}.png", clip=clip)

    def theme(self, name: str) -> None:
        """Change the theme."""
        self.command("apputils:change-theme", theme=name)
        self.page.wait_for_function(f"() => document.body.dataset.jpThemeName === '{name}'")
        self.page.wait_for_timeout(400)

    def run(self, index: int, seconds: float = 120) -> None:
        """Run a cell to its end; errors stay in its output."""
        self.begin(index)
        self.wait_idle(seconds)

    def begin(self, index: int) -> None:
        """Run a cell without waiting for it."""
        self.select(index)
        self.js("app.commands.execute('notebook:run-cell');")

    def run_all(self, seconds: float = 240) -> None:
        """Run all cells."""
        self.js("app.commands.execute('notebook:run-all-cells');")
        self.page.wait_for_timeout(300)
        self.wait_idle(seconds)

    def restart(self) -> None:
        """Restart the kernel."""
        self.js("await p.sessionContext.session.kernel.restart();")
        self.wait_ready()

    def wait_idle(self, seconds: float = 120) -> None:
        """Wait until no cell runs."""
        self.page.wait_for_timeout(250)
        self.page.wait_for_function(IDLE, timeout=seconds * 1000)
        self.page.wait_for_timeout(350)

    def cells(self) -> list[dict]:
        """The cells as they would be saved."""
        found = self.js("return p.content.model.sharedModel.toJSON().cells;")
        for cell in found:
            cell["source"] = cell["source"] if isinstance(cell["source"], str) else "".join(cell["source"])
        return found

    def firsts(self) -> list[str]:
        """The first line of every cell."""
        return [cell["source"].split("\n")[0] for cell in self.cells()]

    def find(self, first: str) -> int:
        """The position of the first cell that begins so."""
        return next(i for i, line in enumerate(self.firsts()) if line.startswith(first))

    def set_source(self, index: int, source: str) -> None:
        """Type into a cell."""
        self.js("p.content.model.sharedModel.cells[a[0]].setSource(a[1]);", [index, source])

    def output(self, index: int) -> str:
        """The plain text of a cell's outputs."""
        parts = []
        for output in self.cells()[index].get("outputs", []):
            text = output.get("text") or output.get("data", {}).get("text/plain") or output.get("traceback") or ""
            parts.append(text if isinstance(text, str) else "".join(text))
        return "\n".join(parts)

    def save(self) -> None:
        """Save the notebook."""
        self.command("docmanager:save")
