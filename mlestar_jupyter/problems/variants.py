"""Labels that may be one: the same word in other capitals, with blanks around it, in other characters."""

from __future__ import annotations

from collections.abc import Hashable, Mapping

from mlestar_jupyter.core.labels import DIFFERENCES, without

_SHOWN = 3
_HOW = {
    "the form of characters": '.str.normalize("NFKC")', "blanks": ".str.strip()",
    "a full stop at the end": '.str.rstrip(".")', "capitals": ".str.lower()",
}  # fmt: skip


def variants_notice(name: str, counts: Mapping[Hashable, int]) -> str:
    """Point out labels that differ in writing alone; empty where there are none.

    They are not made one: who wrote them may have meant two.

    Parameters
    ----------
    name : str
        Of the target.
    counts : mapping
        Rows of each label.
    """
    groups: dict[str, list[str]] = {}
    for label in (label for label in counts if isinstance(label, str)):
        groups.setdefault(without(label), []).append(label)
    alike = [labels for labels in groups.values() if len(labels) > 1]
    if not alike:
        return ""
    shown = "; ".join(", ".join(f"{label!r} ({counts[label]:,})" for label in labels) for labels in alike[:_SHOWN])
    more = "; …" if len(alike) > _SHOWN else ""
    by = differences([label for labels in alike for label in labels])
    how = "".join(code for difference, code in _HOW.items() if difference in by)
    mend = f"table[{name!r}] = table[{name!r}]{how}" if how else "the table"
    return (
        f"Labels of {name} that differ in writing alone, with their rows: {shown}{more}. Each is a class of its own; "
        f"where they mean the same, correct {mend}."
    )


def differences(labels: list[str]) -> list[str]:
    """Name those differences without which there would be more labels."""
    fewest = len({without(label) for label in labels})
    needed = []
    for name in DIFFERENCES:
        others = [d for d in DIFFERENCES if d != name]
        if len({without(label, others) for label in labels}) > fewest:
            needed.append(name)
    return needed
