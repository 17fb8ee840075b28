"""The only reader of the process environment, and of which optional packages are installed."""

from __future__ import annotations

import importlib
import importlib.metadata
import importlib.util
import os
import platform
import shutil
import subprocess
from types import ModuleType
from typing import NoReturn

from mlestar_jupyter.errors import MissingExtraError

_SECONDS_OF_DRIVER = 20.0
_KEPT = ("PATH", "LANG", "LC_ALL", "TZ", "SYSTEMROOT", "TEMP", "TMP", "TMPDIR", "VIRTUAL_ENV", "LD_LIBRARY_PATH",
         "CUDA_VISIBLE_DEVICES")  # fmt: skip
_THREAD_LIMITS = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "LOKY_MAX_CPU_COUNT",
)
_KEYRING_SERVICE = "mlestar-jupyter"
_RECORDED = (
    "mlestar-jupyter",
    "numpy",
    "pandas",
    "scikit-learn",
    "scipy",
    "xgboost",
    "lightgbm",
    "catboost",
    "pytabkit",
    "torch",
    "optuna",
    "skrub",
    "pyarrow",
)
_BUILDS = {"xgboost": ("xgboost", "xgboost-cpu")}
"""Distributions that own the files of one package; one of them is enough."""


def cores() -> int:
    """Count the processor cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0)) or 1
    return os.cpu_count() or 1


def worker_environment() -> dict[str, str]:
    """Build the environment of a worker: no key or token, one thread, a fixed hash seed.

    One thread a worker keeps scores the same to the last bit whatever the number of workers.
    """
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    kept |= dict.fromkeys(_THREAD_LIMITS, "1")
    return kept | {
        "PYTHONHASHSEED": "0",
        "PYTHONDONTWRITEBYTECODE": "1",
        "MPLBACKEND": "Agg",
        # pyarrow would start a thread, and a process with threads must not fork
        "JE_ARROW_MALLOC_CONF": "background_thread:false",
    }


def settle_in(folder: str) -> None:
    """Make a folder this process's home and its place for temporary files."""
    os.environ.update(dict.fromkeys(("HOME", "TMPDIR", "TEMP", "TMP"), folder))


class Secret:
    """A key: it shows itself nowhere, and is revealed where it is sent."""

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The key itself."""
        return self._value

    def __repr__(self) -> str:
        return "Secret(…)"

    def __reduce__(self) -> NoReturn:
        raise TypeError("A key is not pickled.")


def secret(name: str) -> Secret | None:
    """Look up a key: in the environment, or else in the keyring under the service "mlestar-jupyter".

    A keyring that is locked, or has no store on this machine, holds no key.
    """
    if value := os.environ.get(name, "").strip():
        return Secret(value)
    if not installed("keyring"):
        return None
    keyring = importlib.import_module("keyring")
    try:
        value = keyring.get_password(_KEYRING_SERVICE, name)
    except keyring.errors.KeyringError:
        return None
    return Secret(value) if value else None


def service_address(name: str, default: str = "") -> str:
    """Base address of a service, which the environment may replace by one's own."""
    return (os.environ.get(name, "").strip() or default).rstrip("/")


def versions() -> dict[str, str]:
    """Name the versions that a score depends on; packages that are absent are left out."""
    found = {name: installed_as[1] for name in _RECORDED if (installed_as := distribution(name))}
    return {"python": platform.python_version()} | found


def distribution(package: str) -> tuple[str, str] | None:
    """Find the distribution that a package is installed from, and its version.

    >>> distribution("a-package-that-is-absent") is None
    True
    """
    return next(iter(_distributions(package)), None)


def doubled_packages() -> list[str]:
    """Say which packages are installed from two distributions, which overwrite each other's files, and the remedy."""
    return [
        f"{' and '.join(names)} are both installed and overwrite each other's files. To keep one, run: "
        f"pip uninstall -y {' '.join(names)} && pip install {names[-1]} (for a GPU: pip install {names[0]})."
        for package in _BUILDS
        if len(names := [name for name, _ in _distributions(package)]) > 1
    ]


def _distributions(package: str) -> list[tuple[str, str]]:
    found = []
    for name in _BUILDS.get(package, (package,)):
        try:
            found.append((name, importlib.metadata.version(name)))
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def sees_gpu() -> bool:
    """Whether NVIDIA's driver lists a GPU, and the environment hides it from nobody.

    The driver's own program is asked: a process that has used CUDA must not fork.
    """
    if os.environ.get("CUDA_VISIBLE_DEVICES", "0").strip() in ("", "-1"):
        return False
    program = shutil.which("nvidia-smi")
    if program is None:
        return False
    try:
        listed = subprocess.run([program, "-L"], capture_output=True, timeout=_SECONDS_OF_DRIVER, check=False)
    except (subprocess.SubprocessError, OSError):
        return False
    return listed.returncode == 0 and listed.stdout.startswith(b"GPU ")


def installed(package: str) -> bool:
    """Tell whether a module can be imported, without importing it."""
    return importlib.util.find_spec(package) is not None


def require(module: str, *, extra: str, purpose: str) -> ModuleType:
    """Import an optional package where it is used, or say how to get it.

    Raises
    ------
    MissingExtraError
        When the package is not installed.
    """
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name != module.partition(".")[0]:
            raise  # the package is there, one of its own imports is not: not ours to explain
        raise missing(module, extra=extra, purpose=purpose) from error


def missing(package: str, *, extra: str = "", purpose: str) -> MissingExtraError:
    """Say what needs a package that is not installed, and how to get it: by an extra of ours where one has it."""
    wanted = f"'mlestar-jupyter[{extra}]'" if extra else package
    return MissingExtraError(
        f"{purpose} needs the package {package!r}, which is not installed.", mend=f"Run: pip install {wanted}"
    )
