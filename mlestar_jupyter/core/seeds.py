"""Seeds of the parts of a run."""

from __future__ import annotations

import hashlib


def child_seed(seed: int, *names: str | int) -> int:
    """Derive the seed of a named part: the same whatever ran before it, or beside it.

    >>> child_seed(0, "folds", 1) == child_seed(0, "folds", 1)
    True
    """
    text = "/".join(map(str, (seed, *names)))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "little")
