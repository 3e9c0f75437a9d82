"""Ctrl-C at a bad moment: held back until a step that must be whole is whole."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from types import FrameType

__all__ = ["interrupts_held"]


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
