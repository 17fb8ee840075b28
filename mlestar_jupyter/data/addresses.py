"""Addresses in place of files: what they are, and what to do instead."""

from __future__ import annotations

import re
from urllib.parse import urlsplit
from urllib.request import url2pathname

from mlestar_jupyter.errors import DataError

_SCHEME = re.compile(r"([a-z][a-z0-9+.-]+):/", re.IGNORECASE)  # two letters or more: "C:/" is a drive
_USER = re.compile(r"^([^:/]+:/+)(?:[^/@\[]*:(?!\d+(?:/|$)).*@|[^/]*@)")
"""Name and password before a host; a password may have a slash, a port has digits only."""
_PARAMETERS = re.compile(r"[?#].*", re.DOTALL)
_DATABASES = ("postgres", "mysql", "mariadb", "mssql", "oracle", "snowflake", "bigquery", "redshift", "clickhouse")


def scheme_of(given: object) -> str:
    """The scheme of an address; empty for a path, and for what is no text.

    >>> scheme_of("https://example.org/a.csv"), scheme_of("C:/a.csv"), scheme_of("a.db::t")
    ('https', '', '')
    """
    found = _SCHEME.match(given) if isinstance(given, str) else None
    return found[1].lower() if found else ""


def is_on_web(given: object) -> bool:
    """Whether it is an address that a browser opens."""
    return scheme_of(given) in ("http", "https")


def path_of(given: str) -> str:
    """The path that an address of a file on this machine names; any other text stays.

    >>> path_of("file:///data/a.csv"), path_of("sqlite:///shop.db"), path_of("a.csv")
    ('/data/a.csv', 'shop.db', 'a.csv')
    """
    match scheme_of(given):
        case "file":
            return url2pathname(urlsplit(given).path)
        case "sqlite" | "duckdb":
            return given.partition(":///")[2] or given
    return given


def refuse_address(given: str) -> None:
    """Refuse an address, by what it is.

    Raises
    ------
    DataError
        In a line that says what to do.
    """
    scheme = scheme_of(given)
    if not scheme:
        return
    if scheme.startswith(_DATABASES):
        raise DataError(
            f"{shown(given)!r} is the address of a database.",
            mend="Read its table with pd.read_sql and give the DataFrame.",
        )
    if is_on_web(given):
        raise DataError(
            f"{shown(given)!r} is an address, not a file.",
            mend="Download the file and name it, or give --online (online=True) to have it downloaded.",
        )
    raise DataError(
        f"{shown(given)!r} is an address ({scheme}), not a file.",
        mend="Download the file and name it, or read it with pandas and give the DataFrame.",
    )


def shown(address: str) -> str:
    """An address for messages: without a password or a token."""
    return _USER.sub(r"\1", _PARAMETERS.sub("", address))
