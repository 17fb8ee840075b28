"""Progress of a phase: a widget where the front end shows widgets, plain lines elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol

from mlestar_jupyter.core.evaluation import Evaluation, Failed, Scored, best, on_same_folds
from mlestar_jupyter.core.events import Asked, Evaluated, Event, Finished, FoldDone, Note, Sent, Started, Work, Working
from mlestar_jupyter.core.metric import Metric
from mlestar_jupyter.core.texts import counted
from mlestar_jupyter.display.live import Live
from mlestar_jupyter.display.numbers import number
from mlestar_jupyter.display.view import Section, View
from mlestar_jupyter.phases.registry import PHASES

if TYPE_CHECKING:
    from mlestar_jupyter.notebook.session import Session

_UPDATE_SECONDS = 0.5
_STATUS_SECONDS = 1.0
_LINES = 3
_HUMAN = "human"  # the command that decides says itself what came of it
_STOP = "■ Stop"
_HINT = '<span class="mlestar-stop-hint">To stop, interrupt the kernel (■).</span>'


class _Output(Protocol):
    """Where progress goes."""

    def show(self, live: Live) -> None: ...
    def line(self, text: str) -> None: ...
    def note(self, text: str) -> None: ...
    def sent(self, event: Sent) -> None: ...
    def finish(self) -> None: ...


@contextmanager
def watch(session: Session, what: str = "") -> Iterator[None]:
    """Show the progress of what the workflow does inside the block.

    Parameters
    ----------
    session : Session
    what : str
        What it does before the first phase starts, as a heading.
    """
    workflow = session.need()
    output: _Output = _Widget() if session.frontend.cell_id() is not None else _Lines()
    view = _Progress(output, session, what)
    stop = workflow.listen(view.hear)
    try:
        yield
    finally:
        stop()
        output.finish()
        session.tell_status()


class _Progress:
    """Turns events into what a reader wants to know, at most a few times a second."""

    def __init__(self, output: _Output, session: Session, what: str) -> None:
        self.output = output
        self.session = session
        self.metric: Metric = session.need().task.metric
        self.lines: list[str] = []
        self.work: tuple[Work, ...] = ()
        self.shown = self.said = 0.0
        self._begin(Started(what, 0, None))

    def _begin(self, event: Started) -> None:
        self.phase, self.seconds = event.phase, event.seconds
        self.began = time.monotonic()
        self.count = self.cached = self.done = self.total = 0
        self.comparable: list[Scored] = []
        """What has a score on the same folds, the solution that it began with first."""
        workflow = self.session.need()
        if workflow.has_solution and not (event.phase in PHASES and PHASES[event.phase].begins_anew):
            self.comparable.append(workflow.score)

    def hear(self, event: Event) -> None:
        match event:
            case Started(phase=phase, seconds=seconds):
                self._begin(event)
                self._line(phase if seconds is None else f"{phase}, at most {seconds:.0f} s")
            case FoldDone(done=done, total=total):
                self.done, self.total = done, total
            case Working(work=work):
                self.work = work
            case Evaluated():
                self._evaluated(event)
            case Note(text=text):
                self.output.note(text)
                return
            case Asked(cached=False):
                self._line(_asked(event))
            case Sent() if not self.session.has_said_what_is_sent:
                self.session.has_said_what_is_sent = True
                self.output.sent(event)
            case Finished():
                self._finished(event)
        self._show()

    def _show(self) -> None:
        now = time.monotonic()
        if now - self.shown >= _UPDATE_SECONDS:
            self.shown = now
            self.output.show(
                Live(
                    self.phase,
                    now - self.began,
                    self.seconds,
                    self.done,
                    self.total,
                    self.count,
                    tuple(s.score for s in self.comparable),
                    self.best.candidate.label if self.best else "",
                    self.work,
                    tuple(self.lines[-_LINES:]),
                    self.metric,
                )
            )
        if now - self.said >= _STATUS_SECONDS:
            from mlestar_jupyter.notebook.messages import Progress

            self.said = now
            label = self.work[0].label if self.work else ""
            self.session.tell_status(Progress(self.phase, self.count, label, now - self.began))

    def _line(self, text: str) -> None:
        self.lines.append(text)
        self.output.line(text)

    def _finished(self, event: Finished) -> None:
        seconds = time.monotonic() - self.began
        replayed = f", {self.cached} from the journal" if self.cached else ""
        state = "" if event.complete else ", not finished: run the cell again to go on"
        self._line(f"{event.phase}: {counted(self.count, 'evaluation')} in {seconds:.1f} s{replayed}{state}")

    def _evaluated(self, event: Evaluated) -> None:
        evaluation = event.evaluation
        self.count += 1
        self.cached += event.cached
        if isinstance(evaluation, Scored) and self._compares(evaluation):
            self.comparable.append(evaluation)
        if evaluation.candidate.phase != _HUMAN and (isinstance(evaluation, Failed) or not event.cached):
            self._line(self._sentence(evaluation))
        if isinstance(evaluation, Failed) and self.session.verbose and evaluation.traceback:
            self._line(evaluation.traceback)

    def _sentence(self, evaluation: Evaluation) -> str:
        label = evaluation.candidate.label
        if isinstance(evaluation, Failed):
            return f"✗ {self.count:>2} {label}: {evaluation.reason}"
        beside = f"  (best {number(self.best.score, 5)})" if self.best and self._compares(evaluation) else ""
        elapsed = time.monotonic() - self.began
        return f"✓ {self.count:>2} {label}: {number(evaluation.score, 5)}{beside}  {elapsed:.1f} s"

    def _compares(self, evaluation: Scored) -> bool:
        """Whether its score is on the folds of those before; a confirmation has folds of its own."""
        has_own_folds = evaluation.candidate.phase == "confirmation"
        return not has_own_folds and all(on_same_folds(evaluation, s) for s in self.comparable[:1])

    @property
    def best(self) -> Scored | None:
        """The best so far, on the same folds."""
        return best(self.comparable, self.metric)


def _asked(event: Asked) -> str:
    """A call in a line: which role, and what it took."""
    money = "" if event.cost is None else f", {event.cost:.4f} USD"
    tokens = f"{event.tokens_in:,} + {event.tokens_out:,} tokens"
    return f"  {event.model} as {event.role.replace('_', ' ')}: {tokens}{money}, {event.seconds:.1f} s"


def _first_sent(event: Sent) -> View:
    return View(
        "",
        f"What was sent first, to {event.model} as {event.role.replace('_', ' ')}: {len(event.text):,} characters.",
        (Section("What was sent first", code=event.text, folded=True),),
    )


class _Lines:
    """Plain lines on standard output: consoles, nbclient, papermill."""

    def show(self, live: Live) -> None:
        """A moment is no line."""

    def line(self, text: str) -> None:
        sys.stdout.write(text + "\n")
        sys.stdout.flush()

    def note(self, text: str) -> None:
        """A line like others."""
        self.line(text)

    def sent(self, event: Sent) -> None:
        """Show the text as a display, which front ends fold, and consoles print."""
        _show_sent(event)

    def finish(self) -> None:
        """Nothing is left over."""


def _show_sent(event: Sent) -> None:
    """Show what leaves the machine: folded in HTML, whole where there is only text."""
    from IPython.display import display

    from mlestar_jupyter.reports.overview import Overview

    display(Overview(_first_sent(event)))


class _Widget:
    """The live view and a stop button, replaced by static text at the end, so that no dead widget is saved."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._close: Callable[[str], None] | None = None

    def show(self, live: Live) -> None:
        if self._close is None:
            self._open()
        self.view.value = live.html()

    def line(self, text: str) -> None:
        self.lines.append(text)

    def note(self, text: str) -> None:
        """Say it at once, beside the widget: it stays in the notebook."""
        sys.stdout.write(text + "\n")
        sys.stdout.flush()

    def sent(self, event: Sent) -> None:
        _show_sent(event)

    def finish(self) -> None:
        if self._close is None:
            return
        from mlestar_jupyter.display.rendering import render

        summary = self.lines[-1] if self.lines else ""
        self._close(render("finished.html.j2", summary=summary, lines=self.lines) if self.lines else "")

    def _open(self) -> None:
        import ipywidgets as widgets
        from IPython.display import HTML, display

        self.view = widgets.HTML()
        # Kernels hear no widget while a cell runs. Our extension shows this button and interrupts the kernel.
        stop = widgets.Button(description=_STOP, tooltip="Stop the phase; what is finished is kept")
        stop.layout.display = "none"
        stop.add_class("mlestar-stop")
        hint = widgets.HTML(_HINT)
        box = widgets.VBox([self.view, widgets.HBox([stop, hint])])
        handle: Any = display(box, display_id=True)

        def close(html: str) -> None:
            handle.update(HTML(html))
            for widget in (self.view, stop, hint):
                widget.close()

        self._close = close
