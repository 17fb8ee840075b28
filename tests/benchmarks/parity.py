"""Predict the rows of generated tables in every way, and tell how far the answers are apart.

A model is fitted by a worker on each table (columns of all types of pandas and Arrow, gaps, odd texts and names; from a
frame or from a file of every format); the model, the saved and reloaded one, and for some tables ``solution.py`` in a
process of its own and the started service are asked for the same rows: as frame, dicts, lists, Series, Arrow table,
file; one row or many; columns in any order.

Run: python tests/benchmarks/parity.py --cases 2000 --processes 60
"""

import argparse
import sys
import tempfile
import time
import traceback
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from itertools import count
from multiprocessing import get_context
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, seed, settings

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.core.frames_for_tests import tables
from tests.core.parity_for_tests import DataError, from_file, from_frame, from_processes, workers

LIMIT = 1e-9
WAYS = {"frame": (from_frame, False), "file": (from_file, False), "plain file": (from_file, True),
        "processes": (from_processes, True), "processes, all types": (from_processes, False)}  # fmt: skip


def run(part: str, cases: int, number: int) -> tuple[Counter, Counter, dict[str, float], list[str]]:
    """Try some tables: how many, the comparisons, the largest difference of each way, and what went wrong."""
    ask, plain = WAYS[part]
    tried, compared, largest, wrong, names = Counter(), Counter(), {}, [], count()

    @seed(number)
    @settings(
        max_examples=cases,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )
    @given(tables(plain=plain))
    def each(drawn):
        with tempfile.TemporaryDirectory() as folder:
            try:
                found = ask(drawn, executor, Path(folder), f"table{next(names)}")
            except (Exception, DataError) as error:  # noqa: BLE001 - each is reported
                wrong.append(
                    f"{part}: {type(error).__name__}: {str(error)[:300]} {drawn}\n{traceback.format_exc(limit=-3)}"
                )
                return
        tried[part] += 1
        for way, difference in found.items():
            compared[way] += 1
            largest[way] = max(largest.get(way, 0.0), difference)

    with workers() as executor:
        each()
    return tried, compared, largest, wrong


def main() -> int:
    """Run the parts side by side, and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=2000)
    parser.add_argument("--processes", type=int, default=60, help="cases that go through solution.py and the service")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    shares = {"frame": asked.cases // 2, "file": asked.cases // 4, "plain file": asked.cases // 4,
              "processes": asked.processes * 2 // 3, "processes, all types": asked.processes - asked.processes * 2 // 3}  # fmt: skip
    pieces = [(part, min(50, n - k), asked.seed + k) for part, n in shares.items() for k in range(0, n, 50)]
    start = time.monotonic()
    tried, compared, largest, wrong = Counter(), Counter(), {}, []
    with ProcessPoolExecutor(asked.jobs, mp_context=get_context("spawn")) as pool:
        for t, c, m, w in pool.map(run, *zip(*pieces, strict=True)):
            tried, compared, wrong = tried + t, compared + c, wrong + w
            largest |= {way: max(largest.get(way, 0.0), value) for way, value in m.items()}
            print(f"{sum(tried.values())} tables, {len(wrong)} wrong, {time.monotonic() - start:.0f} s", flush=True)
    print("\n".join(wrong))
    for way, value in sorted(largest.items()):
        print(f"{way:45} {compared[way]:6} comparisons, largest difference {value:.2g}")
    print(
        f"{dict(tried)}: {sum(compared.values())} comparisons; largest difference {max(largest.values()):.2g} (limit {LIMIT})"
    )
    return int(bool(wrong) or max(largest.values()) > LIMIT)


if __name__ == "__main__":
    sys.exit(main())
