"""One run has one writer, and a record that is damaged is said in a line."""

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from mlestar_jupyter import Workflow
from mlestar_jupyter.errors import OutputError
from tests.runs.conftest import opened, small_table
from tests.workers_for_tests import workers


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE links SET before = token WHERE number = 4", "UPDATE links SET kind = 'zap' WHERE number = 3",
        "UPDATE links SET before = 'x' WHERE number = 2", "UPDATE fits SET \"values\" = NULL",
        "UPDATE measurements SET value = '[]' WHERE place LIKE '%Race%'", "UPDATE run SET value = '[]' WHERE key = 'task'",
        "UPDATE run SET value = '{\"x\": 1}' WHERE key = 'arguments'", "DELETE FROM links WHERE number = 2",
        "UPDATE run SET value = '\"zzz\"' WHERE key LIKE 'tip/%'",
    ],
)  # fmt: skip
def test_damaged_record_is_one_line_and_gives_the_folder_back(folder, statement):
    with sqlite3.connect(folder / "journal.sqlite") as connection:
        connection.execute(statement)
    with pytest.raises(OutputError, match="damaged"):
        Workflow.resume(folder, small_table(), executor=workers())
    assert not (folder / "run.lock").exists()


def test_an_empty_journal_beside_a_runs_files_is_damaged(folder):
    for name in ("journal.sqlite", "journal.sqlite-wal", "journal.sqlite-shm"):
        (folder / name).unlink(missing_ok=True)
    (folder / "journal.sqlite").touch()
    with pytest.raises(OutputError, match="damaged"):
        opened(folder)
    assert (folder / "solution.py").exists()


@pytest.mark.parametrize("content", ["", "{", '{"process": "abc"}', "null"])
def test_a_lock_that_cannot_be_read_is_taken_over(folder, content):
    (folder / "run.lock").write_text(content)
    workflow = opened(folder)
    assert "an unknown process" in workflow.standing.notices[0]
    workflow.close()


def test_a_run_that_was_closed_or_taken_over_writes_no_file(folder):
    first = opened(folder)
    first.search(), first.foundation()
    second = opened(folder)
    script = (folder / "solution.py").read_bytes()
    for write in (first.export, first.report):
        with pytest.raises(OutputError, match="was started again in this process"):
            write()
    second.close()
    with pytest.raises(OutputError, match="was closed"):
        second.report()
    assert (folder / "solution.py").read_bytes() == script


_HOLDER = """
import sys, time
sys.path.insert(0, {root!r})
from tests.runs.conftest import opened
if __name__ == "__main__":
    workflow = opened({folder!r})
    print("open", flush=True)
    time.sleep(60)
"""


def test_a_second_process_is_refused_and_a_dead_ones_lock_is_taken_over(folder):
    program = _HOLDER.format(root=str(Path(__file__).parents[2]), folder=str(folder))
    script = folder.parent / "holder.py"
    script.write_text(program)
    holder = subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True)
    assert holder.stdout.readline() == "open\n"
    try:
        with pytest.raises(OutputError, match=rf"is open in another process \(.*{holder.pid}"):
            opened(folder)
    finally:
        os.kill(holder.pid, signal.SIGKILL)
        holder.wait()
    workflow = opened(folder)
    assert f"{holder.pid}" in workflow.standing.notices[0]
    assert "has ended" in workflow.status().view().text()
    workflow.close()
    assert not (folder / "run.lock").exists()


def test_copy_of_a_folder_that_is_open_is_free(folder, tmp_path):
    workflow = opened(folder)
    copy = opened(shutil.copytree(folder, tmp_path / "copy"))
    assert copy.standing.notices == ()
    copy.journal.add_event("x", "y")
    workflow.journal.add_event("x", "y")
    copy.close(), workflow.close()


def test_in_one_process_the_newer_run_writes(folder):
    first = opened(folder)
    second = opened(folder)
    with pytest.raises(OutputError, match="was started again in this process"):
        first.journal.add_event("x", "y")
    second.journal.add_event("x", "y")
    first.close()
    assert (folder / "run.lock").exists()
    second.close()


def test_a_start_that_fails_takes_nothing_from_the_run_that_is_open(folder):
    first = opened(folder)
    with pytest.raises(OutputError, match="holds the run of another task"):
        Workflow(small_table(), "plan", output=folder)
    first.search()
    first.journal.add_event("x", "y")
    first.close()
    assert not (folder / "run.lock").exists()


def test_a_folder_that_vanished_is_said_in_a_line(folder):
    workflow = opened(folder)
    workflow.search()
    for path in sorted(folder.rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()
    folder.rmdir()
    with pytest.raises(OutputError, match="is gone"):
        workflow.foundation(candidates=2)
    workflow.close()
