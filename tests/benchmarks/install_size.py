"""Measure what an installation takes on the disk, bytecode and pip included; exit code 1 when over budget.

Needs uv. Run: python tests/benchmarks/install_size.py dist/*.whl
"""

import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path

BUDGETS = {"": 1_150, "[all]": 1_500}  # by extra: what `du -sm` counts of site-packages


def megabytes(path):
    """Disk that a file or folder takes, as `du -sm` counts it."""
    return sum(entry.lstat().st_blocks * 512 for entry in [path, *path.rglob("*")]) / 2**20


def largest(packages, count=12):
    """Name the folders and files that take most."""
    sizes = {entry.name: megabytes(entry) for entry in packages.iterdir()}
    return ", ".join(f"{name} {sizes[name]:.0f}" for name in sorted(sizes, key=sizes.get, reverse=True)[:count])


def main(wheel):
    """Install the core, then the extras into the same environment; tell whether both are within budget."""
    within = True
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        (packages,) = Path(folder).glob("lib/python*/site-packages")
        for extra, budget in BUDGETS.items():
            began = time.perf_counter()
            wanted = f"mlestar-jupyter{extra} @ {Path(wheel).resolve().as_uri()}"
            install = ["uv", "pip", "install", "--quiet", "--compile-bytecode", "--python", f"{folder}/bin/python"]
            subprocess.run([*install, wanted], check=True)
            size, seconds = megabytes(packages), time.perf_counter() - began
            within &= size < budget
            verdict = "pass" if size < budget else "fail"
            print(f"mlestar-jupyter{extra}: {size:,.0f} MB, budget {budget:,} MB: {verdict} ({seconds:.0f} s)")
            print(f"  largest: {largest(packages)}", flush=True)
    return 0 if within else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
