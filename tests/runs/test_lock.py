"""One run has one writer, and a record that is damaged is said in a line."""

import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from mlestar_jupyter import Workflow
from mlestar_jupyter.errors import OutputError
from mlestar_jupyter.runs.lock import RunLock
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
    assert workflow.standing.notices[0] == (
        "The run was left open by an unknown process, which has ended; this process goes on with it."
    )
    workflow.close()


def test_a_run_that_was_closed_or_taken_over_writes_no_file(folder):
    first = opened(folder)
    first.search(), first.foundation()
    second = opened(folder)
    script = (folder / "solution.py").read_bytes()
    for write in (first.export, first.report):
        with pytest.raises(OutputError) as error:
            write()
        assert str(error.value) == (
            f"The run in {folder} was started again in this process. Go on with the workflow that was started last."
        )
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
        with pytest.raises(OutputError) as error:
            opened(folder)
        assert re.fullmatch(
            rf"The run in {folder} is open in another process \(.*{holder.pid} on .+\)\. "
            "Stop that process, or choose another --output folder\\.",
            str(error.value),
        )
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
    with pytest.raises(OutputError) as error:
        Workflow(small_table(), "plan", output=folder)
    assert re.fullmatch(
        rf"The folder {folder} has a run with other options \(--target churn → --target plan\)\. "
        rf"Add --output {folder}-2 \(output='{folder}-2' in Python\), which begins a new run beside it\.",
        str(error.value),
    )
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


def test_a_run_that_is_open_on_another_machine_says_which_file_to_delete(tmp_path):
    owner = {
        "host": "elsewhere",
        "process": 7,
        "began": 0.0,
        "program": "kernel",
        "since": "2026-11-26",
        "folder": "/x",
    }
    (tmp_path / "run.lock").write_text(json.dumps(owner))
    with pytest.raises(OutputError) as error:
        RunLock(tmp_path)
    assert str(error.value) == (
        f"The run in {tmp_path} is open in another process (kernel 7 on elsewhere, since 2026-11-26). "
        f"If it has ended, delete {tmp_path / 'run.lock'}; else close it, or choose another --output folder."
    )


def test_an_output_that_cannot_be_a_folder_is_said_in_a_line(tmp_path):
    with pytest.raises(OutputError) as error:
        RunLock(Path("a\0b"))
    assert str(error.value) == "a b is no folder (embedded null byte). Choose another --output folder."
    (tmp_path / "file").touch()
    with pytest.raises(OutputError) as error:
        RunLock(tmp_path / "file")
    assert str(error.value) == (
        f"The output folder {tmp_path / 'file'} cannot be written (File exists). Choose another one with --output."
    )
