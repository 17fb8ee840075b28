"""Show where the seconds of a run go: fitting and predicting, and the rest, phase by phase.

Workers tell many times a second what they do; the share of time in which they fit or predict is summed from that. What
was cut off by a time limit counts as fitting: it was fitting, though nothing came of it. Exit code 1 when more than a
tenth of the time goes to anything else, or when the first candidate is scored later than 3 s after the foundation began.

Run: python tests/benchmarks/time_shares.py [--seconds 60] [--profile]
"""

import argparse
import cProfile
import pstats
import sys
import tempfile
import time
from pathlib import Path

from mlestar_jupyter import Workflow
from mlestar_jupyter.core.events import Evaluated, Event, Finished, Started, Working

CHURN = Path(__file__).parents[2] / "examples" / "data" / "telco_churn.csv.gz"
MOST_OTHER, LATEST_SCORE = 0.10, 3.0
LONGEST_GAP = 0.3  # seconds between two tellings that still count as one stretch of work
LAST_FIT = "the final fit"
SHOWN = 15


class Shares:
    """Adds up what the events tell."""

    def __init__(self, workers: int) -> None:
        self.workers = workers
        self.phase = ""
        self.began: dict[str, float] = {}
        self.seconds: dict[str, float] = {}
        self.busy: dict[str, float] = {}
        self.first_score: float | None = None
        self._last: tuple[float, float] | None = None

    def __call__(self, event: Event) -> None:
        """Listen."""
        now = time.monotonic()
        match event:
            case Started(phase=phase):
                self.phase, self.began[phase], self._last = phase, now, None
            case Finished(phase=phase):
                self.seconds[phase] = now - self.began[phase]
            case Working(work=work):
                if self._last is not None:
                    stretch = min(now - self._last[0], LONGEST_GAP) * self._last[1]
                    self.busy[self.phase] = self.busy.get(self.phase, 0.0) + stretch
                is_last_fit = any(w.label == LAST_FIT for w in work)  # there is no other work beside it
                self._last = (now, 1.0 if is_last_fit else len(work) / self.workers)
            case Evaluated(phase="foundation") if self.first_score is None:
                self.first_score = now - self.began["foundation"]


def main() -> int:
    """Run the workflow up to its ensemble on the churn table of the examples, and print the shares."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--profile", action="store_true", help="show the kernel's functions, which takes time itself")
    asked = parser.parse_args()
    seconds = asked.seconds
    start = time.monotonic()
    workflow = Workflow(CHURN, "Churn", output=tempfile.mkdtemp(), timeout=seconds, test=0)
    shares = Shares(workflow.standing.workers)
    workflow.listen(shares)
    opened = time.monotonic() - start
    profile = cProfile.Profile()
    if asked.profile:
        profile.enable()
    workflow.run(until="ensemble")
    profile.disable()
    wall = time.monotonic() - start
    busy = sum(shares.busy.values())
    print(f"{'reading the table':20} {opened:6.1f} s")
    for phase, taken in shares.seconds.items():
        print(f"{phase:20} {taken:6.1f} s, workers busy {shares.busy.get(phase, 0.0) / max(taken, 1e-9):4.0%}")
    other = 1 - busy / wall
    first = shares.first_score or float("inf")
    print(
        f"{'all':20} {wall:6.1f} s of {seconds:.0f}: {other:.1%} neither fitting nor predicting (at most {MOST_OTHER:.0%})"
    )
    print(f"first score {first:.1f} s after the foundation began (at most {LATEST_SCORE:.0f} s)")
    if asked.profile:
        pstats.Stats(profile).sort_stats("tottime").print_stats(SHOWN)
    return 0 if other <= MOST_OTHER and first <= LATEST_SCORE else 1


if __name__ == "__main__":
    sys.exit(main())
