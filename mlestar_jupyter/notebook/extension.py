"""Load and unload: what is registered with IPython, and taken back."""

from __future__ import annotations

from typing import Any

from mlestar_jupyter.notebook.session import Session

_ATTRIBUTE = "_mlestar_session"


def load(shell: Any) -> None:
    """Register the magic, the completer and the hook for block cells; a second time is harmless."""
    if getattr(shell, _ATTRIBUTE, None) is not None:
        return
    from mlestar_jupyter.notebook.completion import Completer
    from mlestar_jupyter.notebook.magics import make_magic, without_body

    session = Session(shell)
    setattr(shell, _ATTRIBUTE, session)
    shell.register_magic_function(make_magic(session), "line_cell", "mlestar")
    shell.input_transformers_cleanup.append(without_body)
    shell.events.register("post_run_cell", session.after_cell)
    completer = getattr(shell, "Completer", None)
    if completer is not None:
        session.completer = Completer(session)
        completer.custom_matchers.append(session.completer)
    session.frontend.connect()


def unload(shell: Any) -> None:
    """Take everything back, and stop the workers."""
    session: Session | None = getattr(shell, _ATTRIBUTE, None)
    if session is None:
        return
    from mlestar_jupyter.notebook.magics import without_body

    shell.input_transformers_cleanup.remove(without_body)
    shell.events.unregister("post_run_cell", session.after_cell)
    shell.magics_manager.magics["line"].pop("mlestar", None)
    shell.magics_manager.magics["cell"].pop("mlestar", None)
    if session.completer is not None:
        shell.Completer.custom_matchers.remove(session.completer)
    session.close()
    session.frontend.close()
    delattr(shell, _ATTRIBUTE)
