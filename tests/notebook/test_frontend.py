import sys
from types import ModuleType

import pytest

from mlestar_jupyter.notebook.frontend import COMM_TARGET

KIND = "print(get_ipython()._mlestar_session.frontend.kind)"


@pytest.mark.parametrize("kind", ["jupyterlab", "vscode", "headless"])
def test_cell_id_tells_the_front_end(open_notebook, kind):
    assert open_notebook(kind).run(KIND).text() == f"{kind}\n"


def test_shell_without_a_kernel_is_a_terminal(shell):
    assert shell._mlestar_session.frontend.kind == "terminal"


def test_colab_is_said_by_its_own_package(open_notebook, monkeypatch):
    monkeypatch.setitem(sys.modules, "google.colab", ModuleType("google.colab"))
    assert open_notebook("jupyterlab").run(KIND).text() == "colab\n"


@pytest.mark.parametrize(("kind", "asked"), [("jupyterlab", True), ("vscode", False), ("headless", False)])
def test_only_jupyterlab_is_asked_for_the_extension(open_notebook, kind, asked):
    assert (open_notebook(kind).comm is not None) == asked


def test_extension_is_unknown_until_it_answers(open_notebook):
    assert open_notebook("jupyterlab").session.frontend.extension == "unknown"


def test_extension_that_says_hello_is_present_and_gets_the_help(open_notebook):
    notebook = open_notebook("jupyterlab")
    notebook.say(type="hello", protocol=1)
    assert notebook.session.frontend.extension == "present"
    assert [m["content"]["data"]["type"] for m in notebook.heard() if m["msg_type"] == "comm_msg"] == ["help"]


def test_comm_that_nobody_takes_means_no_extension(open_notebook):
    notebook = open_notebook("jupyterlab")
    notebook.refuse()
    assert notebook.session.frontend.extension == "absent"
    notebook.session.tell_help()
    assert notebook.heard()[-1]["msg_type"] != "comm_msg"


def test_hello_during_a_run_is_answered_with_where_it_stands(open_notebook, workflow):
    notebook = open_notebook("jupyterlab")
    notebook.session.begin(workflow)
    notebook.heard()
    notebook.say(type="hello", protocol=1)
    sent = [m["content"]["data"] for m in notebook.heard() if m["msg_type"] == "comm_msg"]
    assert [message["type"] for message in sent] == ["help", "status"]
    assert sent[1]["status"]["run"] == "churn"


def test_how_a_human_settled_an_offer_is_on_record(open_notebook, workflow):
    notebook = open_notebook("jupyterlab")
    notebook.session.begin(workflow)
    notebook.say(type="choice", run="churn", phase="foundation", key="block model", choice="mine", hash="0")
    ((text, _),) = workflow.journal.events("choice")
    assert '"choice": "mine"' in text


def test_unloading_ends_the_conversation(open_notebook):
    notebook = open_notebook("jupyterlab")
    notebook.run("%unload_ext mlestar")
    assert COMM_TARGET not in [c.target_name for c in notebook.kernel.comm_manager.comms.values()]
