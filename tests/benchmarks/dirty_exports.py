"""How many dirty exports are read to the values and roles of the clean tables; each difference in a line.

python tests/benchmarks/dirty_exports.py [--files 520] [--only 17]
"""

import argparse
import sys
import tempfile
from collections import Counter
from dataclasses import asdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.dirty.exports import FACTORS, exports
from tests.dirty.oracle import Verdict, judge


def main() -> None:
    """Judge the files and print what was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=520)
    parser.add_argument("--only", type=int, help="one file by its number, with its first lines and its notices")
    given = parser.parse_args()
    chosen = exports(given.files)
    verdicts = []
    with tempfile.TemporaryDirectory() as folder:
        for number, export in enumerate(chosen):
            if given.only is not None and number != given.only:
                continue
            verdict = judge(export, Path(folder))
            verdicts.append(verdict)
            if not verdict.is_same or given.only is not None:
                _show(number, verdict)
            if given.only is not None:
                print(export.content()[:800].decode(export.codec, errors="replace"))
                print("\n".join(verdict.notices))
    _summary(verdicts)


def _show(number: int, verdict: Verdict) -> None:
    kind = "refused" if verdict.refused else "silent" if verdict.is_silent else "said"
    print(f"{number} {kind}: {verdict.export}")
    for line in [verdict.refused] if verdict.refused else verdict.differences:
        print(f"    {line[:240]}")


def _summary(verdicts: list[Verdict]) -> None:
    same, refused = sum(v.is_same for v in verdicts), sum(bool(v.refused) for v in verdicts)
    silent = sum(v.is_silent for v in verdicts)
    said = len(verdicts) - same - refused - silent
    print(
        f"\n{len(verdicts)} files: {same} the same ({same / len(verdicts):.1%}), {refused} refused, {said} said, {silent} silent"
    )
    for factor in FACTORS:
        bad = Counter(asdict(v.export)[factor] for v in verdicts if not v.is_same)
        of = Counter(asdict(v.export)[factor] for v in verdicts)
        print(f"{factor}: " + ", ".join(f"{level!r} {count}/{of[level]}" for level, count in bad.most_common()))


if __name__ == "__main__":
    main()
