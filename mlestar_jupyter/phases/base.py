"""What a phase is. Standard library only, as help and completion load all phases."""

from __future__ import annotations

from dataclasses import dataclass

from mlestar_jupyter.phases.settings import PhaseSettings


@dataclass(frozen=True, kw_only=True)
class Phase:
    """One phase: its folder says all that there is to know of it.

    Parameters
    ----------
    name : str
    summary : str
        What it does, in a sentence.
    settings : type of PhaseSettings
    package : str
        The folder as a package: its module ``run`` has the function ``run``, and ``estimate`` the function
        ``estimate``, which says beforehand what ``run`` will evaluate.
    share : float
        Of the time limit.
    least : float
        Seconds that it needs whatever the limit, as far as a part of that allows.
    after : str, optional
        The phase that must have run.
    begins_anew : bool
        Whether it begins from the table alone, whatever was decided or found before.
    finds_solution : bool
        Whether a solution is there after it, when none was before.
    is_verdict : bool
        Whether its result is a verdict on one solution: another solution asks for another one.
    takes_more : bool
        Whether it runs again when more time is given: it goes on from what is known.
    """

    name: str
    summary: str
    settings: type[PhaseSettings]
    package: str
    share: float
    least: float = 0.0
    after: str | None = None
    begins_anew: bool = False
    finds_solution: bool = False
    is_verdict: bool = False
    takes_more: bool = False
