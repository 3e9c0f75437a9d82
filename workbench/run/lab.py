"""JupyterLab on the notebooks, on loopback with its token, asking nobody outside for anything."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from workbench.errors import InputError
from workbench.run.find import shipped_notebooks
from workbench.serving import LOOPBACK, free_port, serve

__all__ = ["lab_command", "notebooks_here", "serve_lab"]

PORT = 8888  # JupyterLab's own habit
_SETTINGS = Path(__file__).parent / "jupyter"  # defaults of ours: no question about news at the first start


def serve_lab(port: int | None = None, browser: bool = True, say: Callable[[str], None] = print) -> None:
    """Serve JupyterLab on the current folder's notebooks until Ctrl-C; the package's are copied there first if it has none.

    Parameters
    ----------
    port : int, optional
        Exactly this port; without it 8888 or the next free one.
    browser : bool
        Whether to open one.
    say : callable
        Gets each line for the user.

    Raises
    ------
    InputError
        If the port is taken, or the notebooks cannot be copied.
    KeyboardInterrupt
        On Ctrl-C, after JupyterLab has stopped.
    """
    chosen = free_port(PORT if port is None else port, exact=port is not None)
    folder = notebooks_here(say)
    say(f"JupyterLab starts on {folder}; open the link with the token below (Ctrl-C stops).")
    # a kernel's current folder is its notebook's: the store stays the one of the folder where the command was typed
    store = os.environ.get("WORKBENCH_STORE") or str(Path("mlruns").absolute())
    asked = [str(_SETTINGS), *filter(None, [os.environ.get("JUPYTER_CONFIG_PATH")])]
    serve(lab_command(folder, chosen, browser), {"WORKBENCH_STORE": store, "JUPYTER_CONFIG_PATH": os.pathsep.join(asked)})


def notebooks_here(say: Callable[[str], None] = print) -> Path:
    """Return `notebooks/` of the current folder; made of copies of the package's where it holds none: edits are yours.

    Parameters
    ----------
    say : callable
        Told of the copying.
    """
    folder = Path("notebooks").absolute()
    if any(folder.glob("*.ipynb")):
        return folder
    shipped = shipped_notebooks()
    try:
        folder.mkdir(exist_ok=True)
        for path in shipped.values():
            shutil.copyfile(path, folder / path.name)
    except OSError as error:
        raise InputError(
            f"the notebooks cannot be copied to {folder} ({error.strerror}): go to a folder where you may write"
        ) from error
    if shipped:
        say(f"Copied to {folder}: {', '.join(shipped)}")
    return folder


def lab_command(folder: Path, port: int, browser: bool = True) -> list[str]:
    """Return the command that serves `folder` on loopback with a token, without news, updates or extensions from outside."""
    command = [
        *(sys.executable, "-m", "jupyterlab"),
        f"--ServerApp.root_dir={folder}",
        f"--ServerApp.ip={LOOPBACK}",
        f"--ServerApp.port={port}",
        "--ServerApp.port_retries=0",
        "--LabApp.news_url=None",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        "--LabApp.extension_manager=readonly",
    ]
    if not browser:
        command.append("--no-browser")
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        command.append("--allow-root")  # in a container everybody is root
    return command
