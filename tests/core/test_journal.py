import errno
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mlestar_jupyter.core.candidate import Candidate
from mlestar_jupyter.core.executor import FitFailed, Fitted
from mlestar_jupyter.core.journal import Journal, Link, RecordedEvaluation, ReplyRecord
from mlestar_jupyter.core.journal_errors import output_error
from mlestar_jupyter.core.journal_schema import SCHEMA
from mlestar_jupyter.core.maker import version_of
from mlestar_jupyter.core.predictions import Predictions
from mlestar_jupyter.core.solution import Solution
from mlestar_jupyter.errors import OutputError
from tests.core.blocks_for_tests import BLOCKS

pytestmark = pytest.mark.fast


def _fitted(value=0.25):
    probabilities = np.array([[1 - value, value], [0.5, 0.5]])
    values = Predictions(np.array([0, 1]), probabilities)
    return Fitted(values, None, 1.5, 0.5, 100.0, ("UserWarning: x",), row_ms=2.5)


def test_a_fit_comes_back_to_the_last_bit(tmp_path):
    Journal(tmp_path).add_fit("key", "solution", _fitted(1 / 3), None)
    found = Journal(tmp_path).fit("key", None)
    assert np.array_equal(found.predictions.columns, _fitted(1 / 3).predictions.columns)
    assert found.warnings == ("UserWarning: x",)
    assert found.row_ms == 2.5


def test_forgetting_steps_leaves_fits_events_and_the_version(tmp_path):
    journal = Journal(tmp_path)
    journal.add_fit("key", "solution", _fitted(), None)
    journal.add_event("holdout", "validation")
    journal.put("task", "t")
    journal.add_candidate(Candidate(Solution.of(BLOCKS), "a", None, "planner", "", "foundation"))
    journal.forget_steps()
    assert (journal.get("task"), journal.candidates()) == (None, [])
    assert journal.get("schema") == SCHEMA
    assert journal.events("holdout")[0][0] == "validation"
    assert journal.fit("key", None) is not None


def test_a_failure_comes_back_as_a_failure(tmp_path):
    journal = Journal(tmp_path)
    journal.add_fit("key", "solution", FitFailed("error", "ValueError: x", "trace"), None)
    assert journal.fit("key", None) == FitFailed("error", "ValueError: x", "trace")


def test_a_timeout_counts_only_up_to_its_limit(tmp_path):
    journal = Journal(tmp_path)
    journal.add_fit("key", "solution", FitFailed("timeout", "slow"), 10.0)
    assert journal.fit("key", 10.0) is not None
    assert journal.fit("key", 60.0) is None
    assert journal.fit("key", None) is None


def test_candidates_keep_their_order_author_and_blocks(tmp_path):
    journal = Journal(tmp_path)
    first = Candidate(Solution.of(BLOCKS), "first", None, "planner", "why", "foundation")
    second = Candidate(
        first.solution.with_block("hyperparameters", "PARAMS = {'C': 2}"), "second", first.id, "human", "edit", "human", "hyperparameters"
    )  # fmt: skip
    assert journal.add_candidate(first) == journal.add_candidate(first)
    journal.add_candidate(second)
    assert Journal(tmp_path).candidates() == [first, second]


def test_the_first_link_under_a_token_stays(tmp_path):
    journal = Journal(tmp_path)
    link = Link("token", "", "phase", "foundation", {"candidates": 5}, "abc", 0.5, "done", 5, 12.5, "1 2 3")
    journal.add_link(link)
    journal.add_link(Link("token", "", "phase", "foundation", {}, evaluations=9))
    (found,) = journal.links()
    assert replace(found, time="") == link
    assert journal.link("token") == found


def test_what_is_known_is_not_written_again(tmp_path):
    journal = Journal(tmp_path)
    candidate = Candidate(Solution.of(BLOCKS), "first", None, "planner", "why", "foundation")
    number = journal.add_candidate(candidate)
    journal.add_evaluation(number, 1, 0.5, [0.4, 0.6], "")
    journal.add_link(Link("token", "", "phase", "search", {}))
    journal.refuse_writes(OutputError("written.", mend="Do not."))
    assert journal.add_candidate(candidate) == number
    journal.add_evaluation(number, 1, 0.5, [0.4, 0.6], "")
    journal.add_link(Link("token", "", "phase", "search", {}))
    with pytest.raises(OutputError, match="written"):
        journal.put("x", 1)
    assert journal.evaluations() == [RecordedEvaluation(candidate, 1, 0.5, (0.4, 0.6), "")]


# --- journals of earlier versions, and damaged ones --------------------------------------------------------------


@pytest.fixture
def old(tmp_path):
    """The folder of a run that version 0.1.0 recorded: seven phases, one edit."""
    shutil.copy(Path(__file__).parent / "journals" / "version-0.1.0.sqlite", tmp_path / "journal.sqlite")
    return tmp_path


def test_journal_of_an_earlier_version_is_read_without_a_change_to_its_file(old):
    before = (old / "journal.sqlite").read_bytes()
    journal = Journal(old)
    steps = [(link.kind, link.name, link.made_by) for link in journal.links()]
    phases = ("search", "foundation", "ablation", "refinement", "ensemble", "validation", "deployment")
    expected = [("phase", name, "0.1.0") for name in phases]
    expected.insert(3, ("adopt", "features", "0.1.0"))
    assert steps == expected
    foundation = journal.links()[1]
    assert foundation.asked["candidates"] == 3
    assert foundation.evaluations == 3
    assert [a.token for a in journal.links()[:-1]] == [b.before for b in journal.links()[1:]]
    scores = {e.candidate.label: e.score for e in journal.evaluations()}
    assert scores["constant"] == 0.5
    assert journal.count_fits() > 50
    journal.close()
    assert (old / "journal.sqlite").read_bytes() == before


def test_journal_of_version_0_2_is_read(tmp_path):
    shutil.copy(Path(__file__).parent / "journals" / "version-0.2.0.sqlite", tmp_path / "journal.sqlite")
    journal = Journal(tmp_path)
    steps = [(link.kind, link.name) for link in journal.links()]
    assert steps == [
        ("phase", "search"), ("phase", "foundation"), ("adopt", "features"), ("propose", "hyperparameters"),
        ("phase", "ablation"), ("phase", "refinement"), ("phase", "ensemble"), ("phase", "validation"),
    ]  # fmt: skip
    validation = journal.links()[-1]
    assert version_of(validation.made_by) == "0.2.0"
    assert validation.about == journal.links()[-2].about
    assert validation.summary.startswith("Ready")
    assert validation.score == pytest.approx(0.9275, abs=1e-3)
    assert len(journal.evaluations()) == len({(e.candidate, e.repeats) for e in journal.evaluations()})
    assert [detail for detail, _ in journal.events("holdout opened")] == ["validation"]
    journal.close()


def test_journal_of_an_earlier_version_is_brought_up_to_date_with_the_first_write(old):
    journal = Journal(old)
    links = journal.links()
    journal.put("fact", 1)
    assert journal.get("schema") == SCHEMA
    journal.close()
    again = Journal(old)
    assert (again.links(), again.get("fact")) == (links, 1)
    again.close()


def test_fits_of_a_version_before_have_no_time_of_a_row_and_new_ones_do(tmp_path):
    shutil.copy(Path(__file__).parent / "journals" / "version-0.2.0.sqlite", tmp_path / "journal.sqlite")
    with sqlite3.connect(tmp_path / "journal.sqlite") as connection:
        (key,) = connection.execute("SELECT key FROM fits WHERE kind IS NULL").fetchone()
    journal = Journal(tmp_path)
    assert journal.fit(key, None).row_ms is None
    journal.add_fit("new", "solution", _fitted(), None)
    journal.close()
    assert Journal(tmp_path).fit("new", None).row_ms == 2.5
    assert Journal(tmp_path).fit(key, None).fit_seconds > 0


def test_journal_of_a_newer_version_is_refused_with_what_to_do(tmp_path):
    journal = Journal(tmp_path)
    journal.put("schema", SCHEMA + 1)
    journal.close()
    with pytest.raises(OutputError) as error:
        Journal(tmp_path)
    assert str(error.value) == (
        f"The run in {tmp_path} was recorded by a newer version (journal {SCHEMA + 1}; this one reads {SCHEMA}). "
        "Install that version, or choose another --output folder."
    )


@pytest.mark.parametrize("statement", ["DELETE FROM run", "UPDATE run SET value = '\"two\"' WHERE key = 'schema'"])
def test_journal_that_names_no_version_is_damaged(tmp_path, statement):
    Journal(tmp_path).close()
    _spoil(tmp_path, statement)
    with pytest.raises(OutputError) as error:
        Journal(tmp_path)
    assert str(error.value) == (
        f"{tmp_path / 'journal.sqlite'} is damaged: it does not say which version wrote it. "
        "Put back a copy of it, or choose another --output folder; the run's other files are not touched."
    )


def test_journal_whose_folder_is_gone_says_so(tmp_path):
    journal = Journal(tmp_path / "run")
    (tmp_path / "run").rename(tmp_path / "elsewhere")
    with pytest.raises(OutputError) as error:
        journal.check_open()
    assert str(error.value) == (
        f"The run's folder {tmp_path / 'run'} is gone: nothing more can be recorded. "
        "Put it back and run the cell again, or start again."
    )


def _spoil(path, statement):
    with sqlite3.connect(path / "journal.sqlite") as connection:
        connection.execute(statement)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE run SET value = '{'", "DROP TABLE links", "UPDATE links SET asked = 'x'", "DELETE FROM run",
        "UPDATE candidates SET solution = '{}'", "UPDATE evaluations SET fold_scores = '['", "DROP TABLE evaluations",
        "UPDATE run SET value = '\"two\"' WHERE key = 'schema'",
    ],
)  # fmt: skip
def test_damaged_journal_is_one_line(tmp_path, statement):
    journal = Journal(tmp_path)
    number = journal.add_candidate(Candidate(Solution.of(BLOCKS), "first", None, "planner", "why", "foundation"))
    journal.add_evaluation(number, 1, 0.5, [0.4, 0.6], "")
    journal.add_link(Link("token", "", "phase", "search", {}))
    journal.close()
    _spoil(tmp_path, statement)
    with pytest.raises(OutputError, match="journal.sqlite is damaged.*Put back a copy"):
        _read_all(tmp_path)


def _read_all(folder):
    journal = Journal(folder)
    return journal.links(), journal.candidates(), journal.evaluations(), journal.get("schema")


@pytest.mark.parametrize("content", [b"no database at all, but some text", b"SQLite format 3\x00" + b"\xff" * 4000])
def test_file_that_is_no_journal_is_one_line_and_stays(tmp_path, content):
    (tmp_path / "journal.sqlite").write_bytes(content)
    with pytest.raises(OutputError, match="damaged"):
        Journal(tmp_path)
    assert (tmp_path / "journal.sqlite").read_bytes() == content


def test_kill_in_the_middle_of_writing_loses_at_most_the_last_fit(tmp_path):
    program = (
        "import sys; from pathlib import Path; import numpy as np\n"
        "from mlestar_jupyter.core.journal import Journal\n"
        "from mlestar_jupyter.core.executor import Fitted\n"
        "from mlestar_jupyter.core.predictions import Predictions\n"
        f"journal = Journal(Path({str(tmp_path)!r}))\n"
        "for i in range(100000):\n"
        "    journal.add_fit(str(i), 's', Fitted(Predictions(np.arange(500.0), None), None, 1, 1, 1), None)\n"
        "    print(i, flush=True)\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    for _ in range(50):
        last = int(process.stdout.readline())
    process.send_signal(signal.SIGKILL)
    rest = process.stdout.read().split()
    process.wait()
    last = int(rest[-1]) if rest else last
    journal = Journal(tmp_path)
    assert journal.count_fits() >= last + 1
    assert all(isinstance(journal.fit(str(i), None), Fitted) for i in range(last + 1))


def test_full_disk_is_one_line_and_loses_nothing(tmp_path):
    journal = Journal(tmp_path)
    journal.add_fit("kept", "s", _fitted(), None)
    pages = journal._connection.execute("PRAGMA page_count").fetchone()[0]
    journal._connection.execute(f"PRAGMA max_page_count = {pages + 2}")
    big = Fitted(Predictions(np.zeros(100_000), None), None, 1, 1, 1)
    with pytest.raises(OutputError) as error:
        journal.add_fit("lost", "s", big, None)
    assert str(error.value) == (
        f"The disk is full: {tmp_path} cannot be written. "
        "Free some space and run the cell again; all finished evaluations are kept."
    )
    assert isinstance(Journal(tmp_path).fit("kept", None), Fitted)


def test_a_folder_that_cannot_be_written_is_one_line(tmp_path):
    (tmp_path / "file").write_text("")
    below = tmp_path / "file" / "below"
    with pytest.raises(OutputError) as error:
        Journal(below)
    assert re.fullmatch(
        rf"The output folder {below} cannot be written \(.+\)\. Choose another one with --output\.", str(error.value)
    )


def test_a_file_that_is_no_journal_is_one_line(tmp_path):
    (tmp_path / "journal.sqlite").write_text("not a database at all, whatever its name says" * 20)
    with pytest.raises(OutputError, match="is damaged"):
        Journal(tmp_path)


def test_events_are_counted_in_order(tmp_path):
    journal = Journal(tmp_path)
    journal.add_event("holdout opened", "validation")
    time.sleep(0)
    journal.add_event("holdout opened", "deployment")
    assert [detail for detail, _ in journal.events("holdout opened")] == ["validation", "deployment"]


def test_an_interrupt_in_the_middle_of_writing_leaves_a_journal_that_writes_on(tmp_path):
    class Interrupts:
        def __str__(self):
            raise KeyboardInterrupt

    journal = Journal(tmp_path)
    with pytest.raises(KeyboardInterrupt):
        journal.put("fact", Interrupts())
    journal.put("fact", 1)
    assert Journal(tmp_path).get("fact") == 1


# --- replies of a chat model ---------------------------------------------------------------------------------------


def _reply(key="key", **changes):
    record = ReplyRecord(
        key, "openai:x", "coder", "refinement", 0, '{"a": "é"}', "", 12, 3, True, 0.25, 1.5, "Say\nit."
    )
    return replace(record, **changes)


def test_a_reply_comes_back_as_it_was(tmp_path):
    Journal(tmp_path).add_reply(_reply())
    found = Journal(tmp_path).reply("key")
    assert replace(found, time="") == _reply()
    assert found.time > "2026"
    assert Journal(tmp_path).reply("other") is None


def test_the_first_reply_stays_and_their_order_is_kept(tmp_path):
    journal = Journal(tmp_path)
    for record in (_reply("b"), _reply("a", reason="refused", text="", cost=None), _reply("b", text="later")):
        journal.add_reply(record)
    assert [(r.key, r.text, r.reason, r.cost) for r in journal.replies()] == [
        ("b", '{"a": "é"}', "", 0.25),
        ("a", "", "refused", None),
    ]


def test_replies_are_added_side_by_side(tmp_path):
    journal = Journal(tmp_path)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: journal.add_reply(_reply(f"{n}")), range(80)))
    assert {r.key for r in journal.replies()} == {f"{n}" for n in range(80)}


def test_a_journal_from_before_replies_is_read(old):
    _spoil(old, "DROP TABLE replies")
    journal = Journal(old)
    assert journal.replies() == []
    assert len(journal.links()) == 8


def test_write_to_a_closed_journal_is_one_line(tmp_path):
    journal = Journal(tmp_path)
    journal.close()
    with pytest.raises(OutputError) as error:
        journal.put("x", 1)
    assert str(error.value) == f"The run in {tmp_path} was closed. Start or resume it again."
    with pytest.raises(OutputError, match="was closed"):
        journal.links()


def test_only_a_full_disk_is_called_full():
    full = output_error(Path("/run"), OSError(errno.ENOSPC, "No space left on device"))
    assert "The disk is full" in str(full)
    denied = output_error(Path("/data/full_run"), PermissionError(errno.EACCES, "denied", "/data/full_run"))
    assert "full:" not in str(denied)


def test_an_event_of_a_link_is_counted_once(tmp_path):
    journal = Journal(tmp_path)
    for link in ("a", "a", "b"):
        journal.add_measured_event(link, "holdout opened", "validation")
    assert [detail for detail, _ in journal.events("holdout opened")] == ["validation", "validation"]
