"""Tables at an address, by a server on loopback."""

import re

import pytest

from mlestar_jupyter import Workflow
from mlestar_jupyter.errors import DataError, OutputError
from mlestar_jupyter.online import download
from tests.online.server_for_tests import Reply

pytestmark = pytest.mark.fast

TABLE = b"a,b,y\n" + b"".join(b"%d,%d,%s\n" % (i, i * 7 % 5, b"yes" if i % 3 else b"no") for i in range(60))


def refusal(server, folder):
    """The line with which a table is not downloaded."""
    with pytest.raises(DataError) as error:
        download.downloaded(f"{server.url}/a.csv", folder)
    return str(error.value)


def test_a_table_is_downloaded_once(server, tmp_path):
    server.usual = Reply(content=TABLE, kind="text/csv")
    for _ in range(2):
        path = download.downloaded(f"{server.url}/shop/train%20set.csv?key=1", tmp_path / "data")
    assert path.name == "train_set.csv"
    assert path.parent.parent == tmp_path / "data"
    assert path.read_bytes() == TABLE
    assert len(server.asked) == 1


def test_tables_of_the_same_name_at_two_addresses_are_two(server, tmp_path):
    rows = TABLE.splitlines(keepends=True)
    server.script = [Reply(content=b"".join(part)) for part in (rows[:41], [rows[0], *rows[41:]])]
    train, test = f"{server.url}/train/table.csv", f"{server.url}/test/table.csv"
    workflow = Workflow(train, "y", test=test, output=tmp_path, online=True)
    workflow.close()
    assert (workflow.task.n_development, workflow.task.n_holdout) == (40, 20)


@pytest.mark.parametrize(
    ("reply", "line"),
    [
        (Reply(404), "/a.csv' answered with 404, not with a file. Download it yourself and name the file."),
        (Reply(content=TABLE, drop=True), "/a.csv' cannot be downloaded: peer closed connection"),
    ],
)
def test_what_cannot_be_downloaded_is_a_line_and_leaves_nothing(server, tmp_path, reply, line):
    server.usual = reply
    assert line in refusal(server, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_table_that_is_too_large_is_not_read_to_its_end(server, tmp_path, monkeypatch):
    monkeypatch.setattr(download, "MOST_BYTES", 100)
    server.usual = Reply(content=TABLE)
    assert (
        refusal(server, tmp_path)
        == f"'{server.url}/a.csv' is larger than 0 GB. Download it yourself and name the file."
    )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("address", ["http://127.0.0.1:1/a.csv", "http://host.invalid/a.csv", "http://[::/a.csv"])
def test_no_connection_is_a_line(tmp_path, address):
    with pytest.raises(DataError, match=r"cannot be downloaded: .+\. Download it yourself and name the file\."):
        download.downloaded(address, tmp_path)


@pytest.mark.parametrize(
    ("address", "name"),
    [("http://h/../../etc/passwd", "passwd"), ("http://h/.hidden", "hidden"), ("http://h/", "table"), ("http://h/a%2F..%2Fb.csv", "b.csv")],
)  # fmt: skip
def test_its_name_is_no_path(address, name):
    assert download.file_name(address) == name


def test_a_run_begins_with_an_address_only_online(server, tmp_path):
    server.usual = Reply(content=TABLE, kind="text/csv")
    address = f"{server.url}/train.csv"
    with pytest.raises(DataError, match="give --online"):
        Workflow(address, "y", output=tmp_path / "run")
    assert server.asked == []
    workflow = Workflow(address, "y", output=tmp_path / "run", online=True)
    assert workflow.task.n_development + workflow.task.n_holdout == 60
    workflow.close()
    again = Workflow.resume(tmp_path / "run")
    assert again.task.data_id == workflow.task.data_id
    again.close()
    assert len(server.asked) == 1


def test_a_folder_that_cannot_be_written_is_a_line(server, tmp_path):
    (tmp_path / "data").write_text("a file")
    with pytest.raises(OutputError) as error:
        download.downloaded(f"{server.url}/a.csv", tmp_path / "data")
    assert re.fullmatch(r"No file can be written in .+/data \(.+\)\. Choose another --output\.", str(error.value))


def test_an_answer_that_drips_is_left(server, tmp_path, monkeypatch):
    monkeypatch.setattr(download, "SECONDS_FOR_ALL", 0.0)
    server.usual = Reply(content=TABLE)
    assert (
        refusal(server, tmp_path)
        == f"'{server.url}/a.csv' took longer than 0 s. Download it yourself and name the file."
    )
