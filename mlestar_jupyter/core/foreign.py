"""What is no table, or none that is read here: named for what it is, by its first bytes.

Runs alone, as `rows` does.
"""

import re

from mlestar_jupyter.core.opening import RowsError, TableFile

_FRAME = "and give the DataFrame."
_DOWNLOAD = "Download the file itself: a page in its place often asks to sign in."
_OFFICE = "Open it in the program that wrote it, and save it as xlsx or csv."
_UNPACK = "Unpack it and name the file."

_STARTS: tuple[tuple[bytes, str, str], ...] = (
    (b"version https://git-lfs.github.com/", "a pointer of Git LFS, not the file itself", "Fetch it: git lfs pull."),
    (b"%PDF-", "a PDF document", "Save the table in it as csv."),
    (b"\x89PNG", "an image", "Name a file with a table."),
    (b"\xff\xd8\xff", "an image", "Name a file with a table."),
    (b"GIF89a", "an image", "Name a file with a table."),
    (b"\x89HDF\r\n", "an HDF5 file", f"Read it with pd.read_hdf {_FRAME}"),
    (b"CDF\x01", "a NetCDF file", f"Read it with xarray {_FRAME}"),
    (b"CDF\x02", "a NetCDF file", f"Read it with xarray {_FRAME}"),
    (b"\x93NUMPY", "a NumPy array, without names of columns", f"Load it with np.load, name its columns {_FRAME}"),
    (b"MATLAB 5.0 MAT", "a MATLAB file", f"Read it with scipy.io.loadmat {_FRAME}"),
    (b"RDX3\n", "an R data file", "Save the table in R with write.csv."),
    (b"RDX2\n", "an R data file", "Save the table in R with write.csv."),
    (b"X\n\x00\x00\x00", "an R data file", "Save the table in R with write.csv."),
    (b"Obj\x01", "an Avro file", f"Read it with fastavro or polars {_FRAME}"),
    (b"Rar!", "a RAR archive", _UNPACK),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", _UNPACK),
    (b"\x00\x01\x00\x00Standard", "an Access database", "Export the table in Access as csv or xlsx."),
    (b"ASCII SPSS PORT FILE", "a portable SPSS file", f"Read it with pyreadstat.read_por {_FRAME}"),
    (b"{\\rtf", "a text document", "Save the table in it as csv."),
    (b"\x7fELF", "a program", "Name a file with a table."),
    (b"MZ\x90\x00", "a program", "Name a file with a table."),
)
_PICKLE = (
    "a Python pickle, which could run code when it is loaded",
    "Where you trust it, load it with pd.read_pickle and give the DataFrame.",
)
_SOURCE = ("source code, not a table", "Name the file that it reads or writes.")
_OTHER = {
    ".pkl": _PICKLE, ".pickle": _PICKLE, ".joblib": _PICKLE, ".py": _SOURCE, ".r": _SOURCE, ".sh": _SOURCE,
    ".sql": _SOURCE,
}  # fmt: skip
_HTML = re.compile(rb"^(<!--.*?-->\s*)?<(!doctype html|html|head|body|table)", re.IGNORECASE | re.DOTALL)
_XML = re.compile(rb"^<[?!a-z]", re.IGNORECASE)
_ARFF = re.compile(rb"^(%[^\n]*\n|\s)*@relation\b", re.IGNORECASE)
_PAIRS = re.compile(rb"[-+.,\deE]+(\s+qid:\d+)?(\s+\d+:[-+.\w]+)+\s*(#.*)?")
"""A line of LIBSVM: a label, then numbers of columns with their values."""
_TAR_AT = 257


def refuse_foreign(file: TableFile) -> None:
    """Refuse a file that is no table, by what it is.

    Raises
    ------
    RowsError
        In a line that names it, and says what to do.
    """
    if (found := _foreign(file)) is not None:
        raise RowsError(f"The file {file.name!r} is {found[0]}.", found[1])


def _foreign(file: TableFile) -> tuple[str, str] | None:
    start = file.start
    for magic, what, mend in _STARTS:
        if start.startswith(magic):
            return what, mend
    if start[:1] == b"\x80" and start[1:2] in b"\x02\x03\x04\x05":
        return _PICKLE
    if start[_TAR_AT:].startswith(b"ustar"):
        return "a tar archive", _UNPACK
    if file.ending in _OTHER:
        return _OTHER[file.ending]
    text = start.lstrip(b"\xef\xbb\xbf \r\n\t")
    return _markup(text) or _of_learners(text) or _document(file, start)


def _of_learners(text: bytes) -> tuple[str, str] | None:
    if _ARFF.match(text):
        return "an ARFF file, as Weka writes it", f"Read it with scipy.io.arff.loadarff {_FRAME}"
    lines = [line.strip() for line in text[:10_000].splitlines()[:-1] if line.strip()]
    if any(line.count(b":") > 1 for line in lines) and all(map(_PAIRS.fullmatch, lines)):
        return "a LIBSVM file, without names of columns", f"Read it with sklearn.datasets.load_svmlight_file {_FRAME}"
    return None


def _markup(text: bytes) -> tuple[str, str] | None:
    if b"urn:schemas-microsoft-com:office:spreadsheet" in text:
        return "a table that Excel saved as XML", _OFFICE
    if _HTML.match(text):
        if b"<table" in text.lower():
            return (
                "an HTML page with a table",
                f"Save it in Excel as xlsx or csv; or read it with pd.read_html {_FRAME}",
            )
        return "an HTML page, not a table", _DOWNLOAD
    if _XML.match(text) and b">" in text:
        return "an XML file", f"Read it with pd.read_xml {_FRAME}"
    return None


def _document(file: TableFile, start: bytes) -> tuple[str, str] | None:
    if not start.startswith(b"PK"):
        return None
    for mark, what in (
        (b"word/", "a Word document"),
        (b"ppt/", "a PowerPoint document"),
        (b"Index/", "a Numbers document"),
    ):
        if mark in start:
            return what, _OFFICE
    if file.member and not any(mark in start for mark in (b"[Content_Types].xml", b"mimetype", b"xl/", b"META-INF/")):
        return "an archive in an archive", _UNPACK
    return None
