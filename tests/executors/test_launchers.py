"""A worker process that does not do its part."""

import subprocess

import pytest

from mlestar_jupyter.errors import ExecutionError
from mlestar_jupyter.executors.local import launchers
from mlestar_jupyter.executors.local.launchers import ForkServer

pytestmark = pytest.mark.fast


@pytest.fixture
def server():
    """Make a server of a program that is no worker."""
    made = []

    def make(*program):
        process = subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True)
        made.append(ForkServer(process))
        return made[0]

    yield make
    made[0].close()


def test_worker_that_keeps_silent_is_given_up(server, monkeypatch):
    monkeypatch.setattr(launchers, "_START_SECONDS", 0.1)
    with pytest.raises(ExecutionError) as error:
        server("sleep", "60").start({})
    assert str(error.value) == (
        "The worker process does not answer. Run the cell again; --max-agents 1 needs less memory."
    )


def test_worker_that_has_ended_is_noticed(server):
    with pytest.raises(EOFError, match="^the worker process has ended$"):
        server("true").start({})
