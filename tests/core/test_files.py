import errno

import pytest

from mlestar_jupyter.core.files import is_unedited, sealed, write_folder, write_text
from mlestar_jupyter.errors import OutputError

pytestmark = pytest.mark.fast


def test_sealed_text_is_known_as_unedited_until_it_is_edited(tmp_path):
    path = tmp_path / "solution.py"
    write_text(path, sealed("x = 1\n"))
    assert is_unedited(path)
    assert path.read_text().startswith("x = 1\n# checksum")
    path.write_text(path.read_text().replace("x = 1", "x = 2"))
    assert not is_unedited(path)
    path.write_text("x = 1\n")
    assert not is_unedited(path)


def test_text_that_cannot_be_written_leaves_the_one_before(tmp_path):
    path = tmp_path / "a.txt"
    write_text(path, "before")
    with pytest.raises(UnicodeEncodeError):
        write_text(path, "\ud800")
    assert path.read_text() == "before"
    missing = tmp_path / "missing" / "a.txt"
    with pytest.raises(OutputError) as error:
        write_text(missing, "x")
    assert str(error.value) == f"{missing} cannot be written (No such file or directory). Choose another path."


def _fail(folder, number):
    folder.mkdir()
    (folder / "half").write_text("half")
    raise OSError(number, "no")


@pytest.mark.parametrize(
    ("number", "line"),
    [
        (
            errno.ENOSPC,
            "The disk is full: {} was not written. Free some space and run the cell again; nothing is lost.",
        ),
        (errno.EACCES, "{} cannot be written (no). Choose another path."),
    ],
)
def test_folder_that_cannot_be_filled_leaves_the_one_before(tmp_path, number, line):
    folder = tmp_path / "service"
    write_folder(folder, lambda new: (new.mkdir(), (new / "app.py").write_text("before")))
    with pytest.raises(OutputError) as error:
        write_folder(folder, lambda new: _fail(new, number))
    assert str(error.value) == line.format(folder)
    assert [p.name for p in tmp_path.iterdir()] == ["service"]
    assert (folder / "app.py").read_text() == "before"


def test_folder_that_was_set_aside_when_a_process_was_killed_comes_back(tmp_path):
    folder = tmp_path / "service"
    (tmp_path / ".service.before").mkdir()
    (tmp_path / ".service.before" / "app.py").write_text("before")
    with pytest.raises(OutputError):
        write_folder(folder, lambda new: _fail(new, errno.ENOSPC))
    assert (folder / "app.py").read_text() == "before"
