"""The wall around files: Landlock, by which a Linux process gives up what it may open. It needs no privilege.

Numbers and names are those of ``linux/landlock.h``; the calls have the same numbers on every architecture.
"""

from __future__ import annotations

import ctypes
import os
import struct
from collections.abc import Iterable
from functools import cache
from pathlib import Path

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_VERSION, _BENEATH = 1, 1
_WRITE_FILE, _READ_FILE, _READ_DIR, _REMOVE_DIR, _REMOVE_FILE = (1 << n for n in (1, 2, 3, 4, 5))
_MAKE_DIR, _MAKE_FILE, _REFER, _TRUNCATE, _DEVICE_CONTROL = (1 << n for n in (7, 8, 13, 14, 15))
_FIRST = (1 << 13) - 1
_SINCE = {_REFER: 2, _TRUNCATE: 3, _DEVICE_CONTROL: 5}
_TCP, _TCP_SINCE = 0b11, 4  # bind and connect
_SCOPES, _SCOPES_SINCE = 0b11, 6  # abstract sockets of others, signals to others
_OF_A_FILE = _READ_FILE | _WRITE_FILE | _TRUNCATE | _DEVICE_CONTROL
_READ = _READ_FILE | _READ_DIR
# No device, link, socket or pipe can be made: what a job leaves is plain files. Nothing may be executed.
_OWN = _READ | _WRITE_FILE | _TRUNCATE | _REMOVE_DIR | _REMOVE_FILE | _MAKE_DIR | _MAKE_FILE | _REFER


def landlock_version() -> int:
    """Tell the version of the kernel's Landlock; 0 where there is none, or where it may not be used."""
    found: int = _libc().syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint32(_VERSION))
    return max(0, found)


def restrict_files(readable: Iterable[Path], writable: Iterable[Path], folder: Path) -> None:
    """Leave this thread nothing but some files and folders to open; ``no_new_privs`` must be set. No way back.

    TCP, abstract sockets and signals to others are given up, too, where the kernel's version has that.

    Parameters
    ----------
    readable : iterable of Path
        Files, and folders with all below them; those that do not exist are left out.
    writable : iterable of Path
        Single files that may also be written to, such as ``/dev/null``.
    folder : Path
        The process's own: plain files and folders may be made, changed and removed below it.

    Raises
    ------
    OSError
        When a wall cannot be raised.
    """
    version = landlock_version()
    handled = _FIRST | sum(right for right, since in _SINCE.items() if version >= since)
    network = _TCP if version >= _TCP_SINCE else 0
    scopes = _SCOPES if version >= _SCOPES_SINCE else 0
    # older kernels know a shorter form, and take a longer one when what they do not know is 0
    rules = _call(_CREATE_RULESET, struct.pack("=QQQ", handled, network, scopes), ctypes.c_size_t(24))
    try:
        for path in readable:
            _allow(rules, path, _READ & handled)
        for path in writable:
            _allow(rules, path, (_READ_FILE | _WRITE_FILE | _TRUNCATE) & handled)
        _allow(rules, folder, _OWN & handled)
        _call(_RESTRICT_SELF, ctypes.c_int(rules))
    finally:
        os.close(rules)


def _allow(rules: int, path: Path, rights: int) -> None:
    try:
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return  # what is not there, or was closed before, need not be opened
    try:
        own = rights if path.is_dir() else rights & _OF_A_FILE
        _call(_ADD_RULE, ctypes.c_int(rules), ctypes.c_int(_BENEATH), struct.pack("=Qi", own, place))
    finally:
        os.close(place)


def _call(number: int, *arguments: object) -> int:
    """Make a call whose last argument, the flags, is 0."""
    found = int(_libc().syscall(number, *arguments, ctypes.c_uint32(0)))
    if found < 0:
        error = ctypes.get_errno()
        raise OSError(error, f"Landlock: {os.strerror(error)}")
    return found


@cache
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)
