"""Progress of a phase: a widget where the front end shows widgets, plain lines elsewhere."""

from __future__ import annotations

import html
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol

from mlestar_jupyter.core.evaluation import Failed
from mlestar_jupyter.core.events import Evaluated, Event, Finished, FoldDone, Note, Started

if TYPE_CHECKING:
    from mlestar_jupyter.notebook.session import Session

_UPDATE_SECONDS = 0.2


class _Output(Protocol):
    """Where progress goes."""

    def start(self, phase: str, seconds: float | None) -> None: ...
    def fold(self, event: FoldDone, elapsed: float) -> None: ...
    def line(self, text: str) -> None: ...
    def finish(self) -> None: ...


@contextmanager
def watch(session: Session) -> Iterator[None]:
    """Show the progress of what the workflow does inside the block."""
    workflow = session.need()
    output: _Output = _Widget() if session.cell_id() is not None else _Lines()
    view = _Progress(output, session.verbose)
    stop = workflow.listen(view.hear)
    try:
        yield
    finally:
        stop()
        output.finish()


class _Progress:
    """Turns events into what a reader wants to know."""

    def __init__(self, output: _Output, verbose: bool) -> None:  # noqa: FBT001
        self.output = output
        self.verbose = verbose
        self.began = time.monotonic()
        self.count = 0
        self.cached = 0

    def hear(self, event: Event) -> None:
        match event:
            case Started(phase=phase, seconds=seconds):
                self.began, self.count, self.cached = time.monotonic(), 0, 0
                self.output.start(phase, seconds)
            case FoldDone():
                self.output.fold(event, time.monotonic() - self.began)
            case Evaluated():
                self._evaluated(event)
            case Note(text=text):
                self.output.line(text)
            case Finished(phase=phase, complete=complete):
                seconds = time.monotonic() - self.began
                replayed = f", {self.cached} from the journal" if self.cached else ""
                state = "" if complete else ", not finished: run the cell again to go on"
                self.output.line(f"{phase}: {self.count} evaluations in {seconds:.1f} s{replayed}{state}")

    def _evaluated(self, event: Evaluated) -> None:
        self.count += 1
        self.cached += event.cached
        label = event.evaluation.candidate.label
        if isinstance(event.evaluation, Failed):
            self.output.line(f"✗ {self.count:>2} {label}: {event.evaluation.reason}")
            if self.verbose and event.evaluation.traceback:
                self.output.line(event.evaluation.traceback)
        elif not event.cached:
            best = "" if event.best is None else f"  (best {event.best:.5g})"
            elapsed = time.monotonic() - self.began
            self.output.line(f"✓ {self.count:>2} {label}: {event.evaluation.score:.5g}{best}  {elapsed:.1f} s")


class _Lines:
    """Plain lines on standard output: consoles, nbclient, papermill."""

    def start(self, phase: str, seconds: float | None) -> None:
        self.line(f"{phase}" + ("" if seconds is None else f", at most {seconds:.0f} s"))

    def fold(self, event: FoldDone, elapsed: float) -> None:
        """A line a fold would be too much."""

    def line(self, text: str) -> None:
        sys.stdout.write(text + "\n")
        sys.stdout.flush()

    def finish(self) -> None:
        """Nothing is left over."""


class _Widget:
    """A bar with time and best score, replaced by static text at the end, so that no dead widget is saved."""

    def __init__(self) -> None:
        import ipywidgets as widgets
        from IPython.display import display

        self.bar = widgets.IntProgress(min=0, max=1, description="starting", layout={"width": "24rem"})
        self.bar.style.description_width = "7rem"
        self.time = widgets.HTML()
        self.text = widgets.HTML()
        self.lines: list[str] = []
        self.seconds: float | None = None
        self.updated = 0.0
        box = widgets.VBox([widgets.HBox([self.bar, self.time]), self.text])
        self.handle: Any = display(box, display_id=True)  # type: ignore[no-untyped-call]

    def start(self, phase: str, seconds: float | None) -> None:
        self.bar.description, self.bar.value, self.seconds = phase, 0, seconds
        self.time.value = "preparing"

    def fold(self, event: FoldDone, elapsed: float) -> None:
        if time.monotonic() - self.updated < _UPDATE_SECONDS and event.done < event.total:
            return
        self.updated = time.monotonic()
        self.bar.max, self.bar.value = max(1, event.total), event.done
        left = "" if self.seconds is None else f", at most {max(0.0, self.seconds - elapsed):.0f} s left"
        self.time.value = html.escape(f"fold {event.done} of {event.total}, {elapsed:.0f} s{left} · {event.label}")

    def line(self, text: str) -> None:
        self.lines.append(text)
        self.text.value = "<br>".join(map(html.escape, self.lines[-3:]))

    def finish(self) -> None:
        from IPython.display import HTML

        rows = "<br>".join(html.escape(line) for line in self.lines)
        summary = html.escape(self.lines[-1]) if self.lines else ""
        text = f"<details><summary>{summary}</summary>{rows}</details>"
        self.handle.update(HTML(text))  # type: ignore[no-untyped-call]
        for widget in (self.bar, self.time, self.text):
            widget.close()
