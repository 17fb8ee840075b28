"""Addresses in place of files."""

import pytest

from mlestar_jupyter.data.reading import read_table
from mlestar_jupyter.errors import DataError

pytestmark = pytest.mark.fast

TEXT = "a,y\n1,0\n2,1\n"


@pytest.mark.parametrize(
    ("given", "line"),
    [
        (
            "https://example.org/train.csv",
            "'https://example.org/train.csv' is an address, not a file. "
            "Download the file and name it, or give --online (online=True) to have it downloaded.",
        ),
        (
            "http://ann:secret@example.org/train.csv?token=t0ken",
            "'http://example.org/train.csv' is an address, not a file. "
            "Download the file and name it, or give --online (online=True) to have it downloaded.",
        ),
        (
            "https:/ann:secret@host/a.csv#top",
            "'https:/host/a.csv' is an address, not a file. "
            "Download the file and name it, or give --online (online=True) to have it downloaded.",
        ),
        (
            "https://medium.com:80/@me/a.csv",
            "'https://medium.com:80/@me/a.csv' is an address, not a file. "
            "Download the file and name it, or give --online (online=True) to have it downloaded.",
        ),
        (
            "s3://key:se/cr@et@bucket/train.parquet",
            "'s3://bucket/train.parquet' is an address (s3), not a file. "
            "Download the file and name it, or read it with pandas and give the DataFrame.",
        ),
        (
            "s3://bucket/train.parquet",
            "'s3://bucket/train.parquet' is an address (s3), not a file. "
            "Download the file and name it, or read it with pandas and give the DataFrame.",
        ),
        (
            "postgresql+psycopg://ann:secret@db/shop",
            "'postgresql+psycopg://db/shop' is the address of a database. "
            "Read its table with pd.read_sql and give the DataFrame.",
        ),
    ],
)
def test_an_address_is_refused_without_its_secrets(given, line):
    with pytest.raises(DataError) as error:
        read_table(given)
    assert str(error.value) == line


def test_an_address_of_a_file_here_is_its_path(tmp_path):
    path = tmp_path / "a b.csv"
    path.write_text(TEXT)
    assert len(read_table(path.as_uri()).frame) == 2


def test_a_path_of_windows_is_no_address():
    with pytest.raises(DataError, match="There is no file"):
        read_table("C:/data/train.csv")
