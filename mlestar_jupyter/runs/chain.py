"""What was done in a run, as a chain: each link's token is a hash of the link before it and of what was asked.

A link that is on record gives the same figures without a fit. A phase or a decision that comes after another link than
on record has another token, so it can never be taken for what it is not.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from mlestar_jupyter.attempts.result import Result
from mlestar_jupyter.attempts.state import State
from mlestar_jupyter.core.journal import Journal, Link
from mlestar_jupyter.core.maker import maker, version_of
from mlestar_jupyter.core.task import Task
from mlestar_jupyter.phases.registry import PHASES, comes_before

ASIDE = ("propose", "ask")
"""Decisions that change no solution: phases do not depend on them."""


@dataclass(frozen=True)
class Step:
    """A phase or a decision, as it was asked for.

    Parameters
    ----------
    kind : str
        ``phase``, or a decision.
    name : str
        Of the phase, the block or the candidate.
    asked : dict
        Settings of the phase, or what else the decision was given.
    """

    kind: str
    name: str
    asked: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        match self.kind:
            case "phase":
                return self.name
            case "adopt":
                return f"your {self.name}"
            case _:
                return f"{self.kind} {self.name}"

    def after(self, token: str) -> str:
        """Token of this step after the link with a token."""
        return _hash([token, self.kind, self.name, self.asked])


@dataclass(frozen=True)
class Done:
    """A link of this session.

    Parameters
    ----------
    link : Link
    earlier : State
        A copy of what the step began with.
    """

    link: Link
    earlier: State


class Chain:
    """The links of this session, in their order.

    Parameters
    ----------
    journal : Journal
    beginning : str
        Token of the run's beginning.
    """

    def __init__(self, journal: Journal, beginning: str) -> None:
        self._journal = journal
        self.beginning = beginning
        self.done: list[Done] = []
        self._tip = f"tip/{beginning}"
        self._asides: dict[str, str] = {}

    @property
    def tip(self) -> str | None:
        """Token of the last link on record; None where there is none."""
        tip: str | None = self._journal.get(self._tip)
        return tip

    def go_back(self, done: list[Done], tip: str | None) -> None:
        """Leave the chain as it was, and let the record end there; what was done stays on record beside it."""
        self.done = done
        if self.tip != tip:
            self._journal.put(self._tip, tip)

    @property
    def token(self) -> str:
        """Of the last link that later ones depend on."""
        return self.done[-1].link.token if self.done else self.beginning

    def has_come_to(self, token: str) -> bool:
        """Whether a link was the last one, or the last that stands aside."""
        return token in (self.token, self._asides.get(self.token))

    def before(self, step: Step) -> str:
        """Token of the link that a step would follow now."""
        return self._asides.get(self.token, self.token) if step.kind in ASIDE else self.token

    def add(self, link: Link, earlier: State) -> None:
        """Go on from a link; one that changes no solution stands aside."""
        if link.kind in ASIDE:
            self._asides[self.token] = link.token
            return
        self.done.append(Done(link, earlier))
        if link.token not in {known.token for known in self.recorded()}:
            self._journal.put(self._tip, link.token)

    def unchanged(self, step: Step) -> bool:
        """Whether a phase was asked for in the same way, and nothing that it depends on was changed since."""
        position = self._position(step.name)
        return (
            position is not None
            and self.done[position].link.asked == _plain(step.asked)
            and not self._goes_after(step.name, position)
        )

    def dropped_by(self, name: str) -> list[Link]:
        """What would no longer count if a phase ran again: itself and what followed it.

        Nothing where it has not run, or something came since that it has to take into account: it comes after that.
        """
        position = self._position(name)
        if position is None or self._goes_after(name, position):
            return []
        return [d.link for d in self.done[position:]]

    def rewind(self, name: str, state: State) -> None:
        """Take back a phase that is to run again, with what followed it: `state` becomes what it began with."""
        dropped = self.dropped_by(name)
        if dropped:
            position = len(self.done) - len(dropped)
            state.become(self.done[position].earlier.copy())
            del self.done[position:]

    def repeats(self, step: Step) -> bool:
        """Whether a decision is the last thing that was done."""
        last = self.done[-1].link if self.done else None
        return last is not None and (last.kind, last.name, last.asked) == (step.kind, step.name, _plain(step.asked))

    def edits(self) -> dict[str, str]:
        """The human's sources by block, as last written."""
        found: dict[str, str] = {}
        for link in (d.link for d in self.done):
            if link.kind == "adopt":
                found[link.name] = link.asked["source"]
        return found

    def is_current(self, name: str, present: str | None) -> bool:
        """Whether what a phase says is about the present solution, or about one that later phases went on from.

        A decision or more time that ended with one of these solutions leaves it true.

        Parameters
        ----------
        name : str
        present : str or None
            Id of the present solution.
        """
        position = self._position(name)
        if position is None:
            return False
        link = self.done[position].link
        known = {link.about}
        for later in (d.link for d in self.done[position + 1 :]):
            is_earlier_phase = later.kind == "phase" and comes_before(later.name, name)
            if is_earlier_phase and PHASES[later.name].is_verdict:
                return False  # it was given without that verdict
            is_decision = later.kind != "phase" and not PHASES[name].begins_anew and later.about not in known
            if is_earlier_phase or is_decision:
                return not PHASES[name].begins_anew and present is not None and link.about == present
            known.add(later.about)
        return True

    def recorded(self) -> list[Link]:
        """List the links on record from the run's beginning to the last one, in an order in which they can be done."""
        links = self._journal.links()
        by_token = {link.token: link for link in links}
        path, token = list[Link](), self.tip
        while token in by_token:
            path.insert(0, by_token.pop(token))  # a damaged record may lead in a circle
            token = path[0].before
        if token != self.beginning:
            return []
        asides = {link.before: link for link in links if link.kind in ASIDE}
        found: list[Link] = []
        for before, link in zip([self.beginning, *(p.token for p in path)], [*path, None], strict=True):
            aside = asides.pop(before, None)
            while aside is not None:
                found.append(aside)
                aside = asides.pop(aside.token, None)
            found += [link] if link is not None else []
        return found

    def recorded_next(self) -> Link | None:
        """What comes next on record; None where the record ends here."""
        followers = [k for k in self._journal.links() if k.before == self.token and k.kind not in ASIDE]
        on_path = {link.token for link in self.recorded()}
        return next((k for k in followers if k.token in on_path), followers[-1] if followers else None)

    def recorded_after(self) -> list[Link]:
        """List what follows on record from here."""
        path = [link for link in self.recorded() if link.kind not in ASIDE]
        tokens = [self.beginning, *(link.token for link in path)]
        return path[tokens.index(self.token) :] if self.token in tokens else []

    def goes_on(self, token: str, name: str | None = None) -> bool:
        """Whether the record goes on after a link, with a phase of a name where one is given."""
        path = [link for link in self.recorded() if link.kind not in ASIDE]
        later = [link.token for link in path]
        later = later[later.index(token) + 1 :] if token in later else []
        return any(link.token in later and name in (None, link.name) for link in path)

    def _position(self, name: str) -> int | None:
        found = [i for i, d in enumerate(self.done) if (d.link.kind, d.link.name) == ("phase", name)]
        return found[-1] if found else None

    def _goes_after(self, name: str, position: int) -> bool:
        """Whether a phase that is asked for again comes after what was done since, rather than before it.

        Decisions, and for a verdict the phases that come before it: one that is given again sees what they found.
        """
        later = [d.link for d in self.done[position + 1 :]]
        if any(link.kind != "phase" for link in later):
            return not PHASES[name].begins_anew
        return PHASES[name].is_verdict and any(comes_before(link.name, name) for link in later)


@contextmanager
def undone_by_errors(chain: Chain, state: State) -> Iterator[None]:
    """Leave chain and state as they were where a step fails or is stopped."""
    earlier, done = state.copy(), list(chain.done)
    try:
        yield
    except BaseException:
        state.become(earlier)
        chain.done = done
        raise


def beginning(task: Task, deciding: Mapping[str, object]) -> str:
    """Token of a run's beginning: the task, and the options that decide how phases plan."""
    made = maker()
    return _hash([task.id, task.n_sample, deciding, made.code, made.libraries])


def foreign_maker(journal: Journal) -> str | None:
    """What made a run, where all of it was made by other code or other libraries than are running."""
    links = journal.links()
    own = str(maker()).partition(" ")[2]
    if not links or any(link.made_by.partition(" ")[2] == own for link in links):
        return None
    version = version_of(links[-1].made_by)
    return "another state of the code" if version == version_of(str(maker())) else f"version {version}"


def solution_of(step: Step, state: State) -> str | None:
    """Id of the solution that a step is about; None for a phase that is about the data alone."""
    phase = PHASES.get(step.name) if step.kind == "phase" else None
    is_about_data = phase is not None and phase.begins_anew and not phase.finds_solution
    return None if state.solution is None or is_about_data else state.solution.id


def link_of(step: Step, before: str, state: State, result: Result | None = None) -> Link:
    """Describe a step that has been done, from what it left."""
    return Link(
        step.after(before), before, step.kind, step.name, dict(_plain(step.asked)),
        solution_of(step, state),
        None if state.score is None else state.score.score,
        "" if result is None else result.summary, made_by=str(maker()),
    )  # fmt: skip


def _plain(value: Mapping[str, object]) -> dict[str, Any]:
    """As JSON gives it back."""
    plain: dict[str, Any] = json.loads(json.dumps(value, sort_keys=True, default=list))
    return plain


def _hash(parts: Sequence[object]) -> str:
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=list).encode()).hexdigest()[:32]
