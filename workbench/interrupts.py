"""Ctrl-C at a bad moment, held back until a step that must be whole is whole; and a scheduler's way of pressing it."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from types import FrameType

__all__ = ["interrupts_held", "terminations_interrupt"]


@contextlib.contextmanager
def interrupts_held() -> Iterator[None]:
    """Hold Ctrl-C back while the block runs, and raise it at its end; the block's own faults come first.

    Python gives Ctrl-C to its main thread alone, so that elsewhere there is nothing to hold; nor is there where the process
    was started to ignore it, as a shell does with what runs in the background.

    Raises
    ------
    KeyboardInterrupt
        At the end of the block, where Ctrl-C was pressed in it.

    Examples
    --------
    >>> with interrupts_held():
    ...     whole = True
    """
    if threading.current_thread() is not threading.main_thread() or not callable(signal.getsignal(signal.SIGINT)):
        yield
        return
    pressed = False

    def hold(_signal: int, _frame: FrameType | None) -> None:
        nonlocal pressed
        pressed = True

    before = signal.signal(signal.SIGINT, hold)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if pressed:
        raise KeyboardInterrupt


@contextlib.contextmanager
def terminations_interrupt() -> Iterator[None]:
    """Take SIGTERM, by which schedulers stop what runs too long, for Ctrl-C while the block runs: it is held back alike.

    Where the process was started to ignore Ctrl-C, SIGTERM still stops it, at once. Somebody else's handler is left alone.

    Raises
    ------
    KeyboardInterrupt
        On SIGTERM.

    Examples
    --------
    >>> with terminations_interrupt():
    ...     stoppable = True
    """
    is_ours = threading.current_thread() is threading.main_thread() and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    if not is_ours:
        yield
        return

    def stop(_signal: int, _frame: FrameType | None) -> None:
        if callable(signal.getsignal(signal.SIGINT)):
            signal.raise_signal(signal.SIGINT)
        else:
            raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
