"""What is no table is named for what it is, whatever its ending, at both doors."""

import gzip
import io
import pickle
import tarfile
import zipfile

import numpy as np
import pandas as pd
import pytest

from mlestar_jupyter.core.rows import RowsError
from mlestar_jupyter.data.reading import read_table
from mlestar_jupyter.errors import DataError
from mlestar_jupyter.modalities.derivation import derive

pytestmark = pytest.mark.fast

FRAME = "and give the DataFrame."


def packed(**members):
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return made.getvalue()


def tar():
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("a.csv"), io.BytesIO(b""))
    return made.getvalue()


def array():
    made = io.BytesIO()
    np.save(made, np.zeros((3, 2)))
    return made.getvalue()


PAGE = b"<!DOCTYPE html>\n<html>\n<head><title>Sign in</title></head>\n<body>\n<p>Please sign in, then go on.</p>\n</html>\n"
EXPORT = (
    b'<html xmlns:x="urn:schemas-microsoft-com:office:excel">\n<body>\n<table><tr><td>1</td></tr></table></body></html>'
)
POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb\nsize 12345\n"
FILES = [
    ("a sign-in page", PAGE, "an HTML page, not a table. Download the file itself: a page in its place often asks to sign in."),
    ("a page after a comment", b"<!-- saved -->\n" + PAGE, "an HTML page, not a table. Download the file itself: a page in its place often asks to sign in."),
    ("a page with a table", EXPORT, f"an HTML page with a table. Save it in Excel as xlsx or csv; or read it with pd.read_html {FRAME}"),
    ("a pointer", POINTER, "a pointer of Git LFS, not the file itself. Fetch it: git lfs pull."),
    ("XML", b'<?xml version="1.0"?>\n<rows>\n<row a="1"/>\n</rows>', f"an XML file. Read it with pd.read_xml {FRAME}"),
    ("XML of Excel", b'<?xml version="1.0"?>\n<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet">', "a table that Excel saved as XML. Open it in the program that wrote it, and save it as xlsx or csv."),
    ("a document", b"%PDF-1.7\n%\xe2\xe3\n", "a PDF document. Save the table in it as csv."),
    ("an image", b"\x89PNG\r\n\x1a\n\x00", "an image. Name a file with a table."),
    ("HDF5", b"\x89HDF\r\n\x1a\n\x00", f"an HDF5 file. Read it with pd.read_hdf {FRAME}"),
    ("a pickle", pickle.dumps(pd.DataFrame({"a": [1]})), "a Python pickle, which could run code when it is loaded. Where you trust it, load it with pd.read_pickle and give the DataFrame."),
    ("an array", array(), f"a NumPy array, without names of columns. Load it with np.load, name its columns {FRAME}"),
    ("arrays", packed(**{"x.npy": array()}), f"a NumPy array, without names of columns. Load it with np.load, name its columns {FRAME}"),
    ("NetCDF", b"CDF\x01\x00\x00\x00\x00", f"a NetCDF file. Read it with xarray {FRAME}"),
    ("MATLAB", b"MATLAB 5.0 MAT-file, Platform: GLNXA64", f"a MATLAB file. Read it with scipy.io.loadmat {FRAME}"),
    ("Avro", b"Obj\x01\x04\x14avro.codec", f"an Avro file. Read it with fastavro or polars {FRAME}"),
    ("portable SPSS", b"ASCII SPSS PORT FILE\n", f"a portable SPSS file. Read it with pyreadstat.read_por {FRAME}"),
    ("R", gzip.compress(b"RDX3\nX\n\x00"), "an R data file. Save the table in R with write.csv."),
    ("tar", tar(), "a tar archive. Unpack it and name the file."),
    ("packed tar", gzip.compress(tar()), "a tar archive. Unpack it and name the file."),
    ("7z", b"7z\xbc\xaf\x27\x1c\x00\x04", "a 7-Zip archive. Unpack it and name the file."),
    ("Word", packed(**{"[Content_Types].xml": "<a/>", "word/document.xml": "<a/>"}), "a Word document. Open it in the program that wrote it, and save it as xlsx or csv."),
    ("Access", b"\x00\x01\x00\x00Standard ACE DB\x00", "an Access database. Export the table in Access as csv or xlsx."),
]  # fmt: skip


@pytest.mark.parametrize("ending", ["csv", "txt", "parquet", "xlsx", "json"])
@pytest.mark.parametrize(("content", "line"), [f[1:] for f in FILES], ids=[f[0] for f in FILES])
def test_it_is_named_whatever_its_ending(tmp_path, content, line, ending):
    path = tmp_path / f"t.{ending}"
    path.write_bytes(content)
    with pytest.raises(DataError) as error:
        read_table(path)
    assert str(error.value) == f"The file 't.{ending}' is {line}"
    contract = derive(pd.DataFrame({"a": [1, 2], "y": [0, 1]}), "y")
    with pytest.raises(RowsError) as refused:
        contract.read_file(path)
    assert str(refused.value) == str(error.value)


@pytest.mark.parametrize(
    "text",
    [
        "ORC,y\n1,0\n2,1\n", "RDA,y\n1,0\n2,1\n", "CDF,y\n1,0\n2,1\n", "PAR1,PAR2\n1,0\n2,1\n", "BZh,y\n1,0\n2,1\n",
        "GIF8,y\n1,0\n2,1\n", "a,b,c,dDUCK\n1,2,3,4\n", "<1,y\n1,0\n2,1\n", "[a],{b}\n1,0\n2,1\n", "MATLAB,y\n1,2\n3,4\n",
    ],
)  # fmt: skip
def test_a_name_that_looks_like_another_format_is_a_name(tmp_path, text):
    path = tmp_path / "t.csv"
    path.write_text(text)
    assert list(read_table(path).frame) == text.splitlines()[0].split(",")


def test_a_pickle_is_never_loaded(tmp_path):
    class Trap:
        def __reduce__(self):
            return (tmp_path.joinpath("sprung").touch, ())

    path = tmp_path / "t.csv"
    path.write_bytes(pickle.dumps(Trap()))
    with pytest.raises(DataError, match="a Python pickle"):
        read_table(path)
    assert not (tmp_path / "sprung").exists()
