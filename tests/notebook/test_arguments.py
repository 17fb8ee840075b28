import pytest

from mlestar_jupyter.errors import SettingError
from mlestar_jupyter.notebook.arguments import split_line

pytestmark = pytest.mark.fast


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (r"start --dataset sub\train.csv --target y", ["start", "--dataset", r"sub\train.csv", "--target", "y"]),
        (r"--dataset C:\data\new\t.csv", ["--dataset", r"C:\data\new\t.csv"]),
        (r"--dataset \\server\share\t.csv", ["--dataset", r"\\server\share\t.csv"]),
        (r"--output C:\runs\ --target y", ["--output", "C:\\runs\\", "--target", "y"]),
        (r'--output "C:\my runs\" --target y', ["--output", "C:\\my runs\\", "--target", "y"]),
        (r"--output C:\my' 'runs", ["--output", r"C:\my runs"]),
        (r"--dataset my\ table.csv", ["--dataset", "my table.csv"]),
        ("--target a#b --time #x", ["--target", "a#b", "--time"]),
        ("--target '#'", ["--target", "#"]),
        ('--target="a b"', ["--target=a b"]),
        ("--target '' x", ["--target", "", "x"]),
        ('--target it"\'"s', ["--target", "it's"]),
        ("status;", ["status"]),
        ("status ; ", ["status"]),
        ("--target 'a;'", ["--target", "a;"]),
        ("--target a;b", ["--target", "a;b"]),
        (";", []),
        ("status # don't", ["status"]),
        ("a$''b", ["a$b"]),
        ("\t  ", []),
    ],
)
def test_words_are_what_the_user_meant(line, words):
    assert split_line(line) == words


@pytest.mark.parametrize("line", ["--target 'a", 'a"b c', "it's", "\\ " * 40 + "'"])
def test_open_quote_is_one_line(line):
    with pytest.raises(SettingError, match=r"A quote is not closed in: .*\. Close it, or leave it out\."):
        split_line(line)
