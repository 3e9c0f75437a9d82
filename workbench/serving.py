"""Running one server as a child until Ctrl-C: a free port on loopback, and nothing left behind."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from typing import IO

from workbench.errors import InputError, WorkbenchError
from workbench.interrupts import terminations_interrupt

__all__ = ["LOOPBACK", "free_port", "serve"]

LOOPBACK = "127.0.0.1"
_PORTS_TRIED = 20  # [ports] above the wished one before giving up
_LAST_LINES = 15  # [lines] of a quiet server shown when it fails
_GLANCE = 0.2  # [s] between two looks at the server
_PATIENCE = 8.0  # [s] between asking a server to stop and ending it


def free_port(wished: int, exact: bool = False) -> int:
    """Return a port on 127.0.0.1 that nobody listens on: the wished one, or (unless `exact`) the next free above it.

    Parameters
    ----------
    wished : int
        1 to 65535.
    exact : bool
        True where the user named the port.

    Raises
    ------
    InputError
        If the port is taken and `exact`, or none of the next 20 is free.
    """
    if not 1 <= wished <= 65535:
        raise InputError(f"port {wished} is outside 1 to 65535: choose another with --port")
    last = wished if exact else min(wished + _PORTS_TRIED, 65535)
    for port in range(wished, last + 1):
        with contextlib.closing(socket.socket(socket.AF_INET, socket.SOCK_STREAM)) as probe:
            if sys.platform != "win32":  # there the option would allow to share a port that is in use
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with contextlib.suppress(OSError):
                probe.bind((LOOPBACK, port))
                return port
    taken = f"port {wished} is" if exact else f"ports {wished} to {last} are"
    raise InputError(f"{taken} in use on {LOOPBACK}: choose another with --port, or stop what listens there")


def serve(
    command: Sequence[str],
    environment: Mapping[str, str],
    *,
    ready_url: str | None = None,
    when_ready: Callable[[], None] = lambda: None,
    patience: float = 180.0,
    quiet: bool = False,
) -> None:
    """Run a server until it ends or the user stops it; Ctrl-C and a polite kill end it and all its children.

    Parameters
    ----------
    command : sequence of str
        What to run.
    environment : mapping of str to str
        Added to this process's own.
    ready_url : str, optional
        Asked until it answers; then `when_ready` is called.
    when_ready : callable
        Says where to look.
    patience : float
        How long the server may take to answer [s].
    quiet : bool
        True keeps what the server says to itself, until it fails: then its last lines are in the error.

    Raises
    ------
    KeyboardInterrupt
        On Ctrl-C, after everything has stopped.
    WorkbenchError
        If the server ends by itself with a fault, or does not answer in time.
    """
    with tempfile.TemporaryFile() as words, terminations_interrupt():
        # a group of its own: Ctrl-C reaches us alone, and we end the whole group
        child = subprocess.Popen(
            list(command),
            env=os.environ | dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=words if quiet else None,
            stderr=subprocess.STDOUT if quiet else None,
            start_new_session=True,
        )
        try:
            if ready_url is not None:
                _wait_until_ready(child, ready_url, patience)
                when_ready()
            # not child.wait(): polars' signal handler lets waitpid go on after Ctrl-C, while sleep ends
            while child.poll() is None:
                time.sleep(_GLANCE)
            fault = f"stopped with exit code {child.returncode}" if child.returncode else None
        except TimeoutError as error:
            fault = str(error)
        finally:
            _stop(child)
        if fault:
            raise WorkbenchError(f"the server {fault}{_last_words(words)}")


def _last_words(words: IO[bytes]) -> str:
    """The last lines that a quiet server wrote."""
    words.seek(0)
    lines = words.read().decode(errors="replace").splitlines()[-_LAST_LINES:]
    return "\n".join(["; it said:", *lines]) if lines else "; what it said is above"


def _wait_until_ready(child: subprocess.Popen[bytes], url: str, patience: float) -> None:
    asker = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # loopback never goes through a proxy
    end = time.monotonic() + patience
    while child.poll() is None:
        with contextlib.suppress(OSError), asker.open(url, timeout=5):
            return
        if time.monotonic() > end:
            raise TimeoutError(f"did not answer at {url} within {patience:g} s")
        time.sleep(_GLANCE)


def _stop(child: subprocess.Popen[bytes]) -> None:
    """End the child and its group: politely first."""
    if sys.platform == "win32":
        child.terminate()
        child.wait()
        return
    for how in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, how)
        try:
            child.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            continue
        if not _group_lives(child.pid):
            return
        time.sleep(0.5)


def _group_lives(group: int) -> bool:
    if sys.platform == "win32":
        return False
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True
