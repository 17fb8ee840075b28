"""More time for a run: the step that goes on, then the phases that are about what it found; all of it, or nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import cast

from mlestar_jupyter.attempts.result import Result
from mlestar_jupyter.errors import SettingError
from mlestar_jupyter.options.kinds import seconds_of
from mlestar_jupyter.options.start import MORE_OPTIONS
from mlestar_jupyter.phases.registry import PHASES
from mlestar_jupyter.phases.settings import PhaseSettings, read_settings
from mlestar_jupyter.runs.run import Run
from mlestar_jupyter.runs.steps import Steps


def give_more(steps: Steps, time: object, until: str | None = None) -> Result:
    """Go on from a finished run for a time; see `Workflow.run`.

    Raises
    ------
    SettingError
        When the time cannot be read, or a phase is given with it.
    OrderError
        When there is nothing to go on from.
    """
    run = steps.run
    seconds = seconds_of(cast("str | float", MORE_OPTIONS["more"].read(time, "more")))
    if until is not None:
        raise SettingError(f"--more goes on with all that has run, not with {until} alone.", mend=f"Leave {until} out.")
    run.journal.check_open()
    with steps.files.written_once(), _all_or_nothing(run):
        settings = {name: _settings(steps, name) for name in PHASES}
        found = steps.more(seconds)
        result: Result = found
        for name in found.then:
            if not (PHASES[name].is_verdict and steps.standing.is_current(name)):
                result = steps.run_phase(name, settings[name])
        _ = steps.standing.model
    return result


def _settings(steps: Steps, name: str) -> PhaseSettings:
    """Those with which a phase ran, or the run's own."""
    known = steps.run.state.results.get(name)
    return steps.settings(name, {}) if known is None else read_settings(PHASES[name].settings, known.asked)


@contextmanager
def _all_or_nothing(run: Run) -> Iterator[None]:
    """Where it is stopped, what was in use stays; the same again goes on from what is on record by then."""
    before = _Before(run)
    run.clock.begin()
    try:
        yield
    except BaseException:
        before.come_back()
        raise
    finally:
        run.clock.again = frozenset()
        run.clock.end()


class _Before:
    """A run as it was."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._state, self._done, self._tip = run.state.copy(), list(run.chain.done), run.chain.tip
        self._latest, self._clock = dict(run.latest), replace(run.clock)
        self._n_folds, self._limits = run.evaluator.n_folds, run.evaluator.fits.limits

    def come_back(self) -> None:
        """Make it so again."""
        run = self._run
        run.state.become(self._state)
        run.chain.go_back(self._done, self._tip)
        run.latest = self._latest
        run.clock.become(self._clock)
        run.evaluator.n_folds, run.evaluator.fits.limits = self._n_folds, self._limits
