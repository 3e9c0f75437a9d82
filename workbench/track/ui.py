"""MLflow's pages on the store: on loopback only, without job processes and without reports to anybody."""

from __future__ import annotations

import sys
from collections.abc import Callable

from workbench.serving import LOOPBACK, free_port, serve
from workbench.track.store import Store, quiet_environment

__all__ = ["serve_ui", "ui_command"]

PORT = 5000  # MLflow's own habit
_WORKERS = 1  # one reviewer's browser; each worker takes about 265 MB


def serve_ui(store: Store, port: int | None = None, say: Callable[[str], None] = print) -> None:
    """Serve MLflow on a store until Ctrl-C; the link is said once it answers.

    Parameters
    ----------
    store : Store
        An existing store.
    port : int, optional
        Exactly this port; without it 5000 or the next free one.
    say : callable
        Gets each line for the user.

    Raises
    ------
    InputError
        If the port is taken, or the store was moved and cannot be written.
    KeyboardInterrupt
        On Ctrl-C, after the server has stopped.
    """
    store.demand_place()  # MLflow would show, and write to, the place where it was
    chosen = free_port(PORT if port is None else port, exact=port is not None)
    address = f"http://{LOOPBACK}:{chosen}"
    say(f"Store: {store.folder}")
    say("MLflow starts; this takes about 20 seconds.")
    serve(
        ui_command(store, chosen),
        quiet_environment(),
        ready_url=f"{address}/health",
        when_ready=lambda: say(f"Open {address}/#/experiments?workflowType=machine_learning  (Ctrl-C stops)"),
        quiet=True,
    )


def ui_command(store: Store, port: int) -> list[str]:
    """Return the command that serves the store on loopback."""
    return [
        *(sys.executable, "-m", "mlflow", "server"),
        *("--backend-store-uri", store.database_uri),
        *("--default-artifact-root", store.artifacts.as_uri()),
        *("--artifacts-destination", store.artifacts.as_uri()),
        *("--host", LOOPBACK),
        *("--port", str(port)),
        *("--workers", str(_WORKERS)),
    ]
