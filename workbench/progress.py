"""What is going on, in one line: in a notebook, on a terminal, or nowhere."""

from __future__ import annotations

import sys
import time
import warnings
from types import TracebackType
from typing import Any, Self

__all__ = ["ProgressLine"]

EVERY = 0.2  # [s] between two updates of the line
BAR = 20  # [characters]


class ProgressLine:
    """A callable that shows what is being done, how far it is, and afterwards how long each step took.

    In a notebook the line is plain text that is updated in place, so that a stored notebook keeps its last state; on a terminal
    it is on standard error and gone afterwards; elsewhere nothing is shown. It is called as `progress(what, done, total)`, a
    total of 0 where the end is not known.

    Examples
    --------
    >>> with ProgressLine() as progress:
    ...     progress("reading records", 0, 0)
    """

    def __init__(self) -> None:
        self._steps: dict[str, float] = {}
        self._since = self._shown = time.monotonic()
        self._what = ""
        self._handle: Any = None
        self._longest = 0
        self._place = _place()
        if self._place == "notebook":
            _keep_tqdm_quiet()

    def __call__(self, what: str, done: int = 0, total: int = 0) -> None:
        """Show `what`, and `done` of `total` where a total is known."""
        now = time.monotonic()
        if what != self._what:
            self._close_step(now)
            self._what = what
        elif now - self._shown < EVERY and done != total:
            return
        self._shown = now
        share = min(done / total, 1.0) if total else 0.0
        full = round(BAR * share)
        self._write(f"{what} {'█' * full}{'░' * (BAR - full)} {done} of {total}" if total else f"{what} …")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        what = self._what
        self._close_step(time.monotonic())
        if self._place == "terminal":
            print(f"\r{'':{self._longest}}\r", end="", file=sys.stderr, flush=True)
        elif kind is not None and what:
            self._write(f"{what}: stopped")
        elif self._steps:
            self._write(", ".join(f"{step} {seconds:.0f} s" for step, seconds in self._steps.items()))

    def _close_step(self, now: float) -> None:
        if self._what:
            self._steps[self._what] = self._steps.get(self._what, 0.0) + now - self._since
        self._what, self._since = "", now

    def _write(self, line: str) -> None:
        if self._place == "terminal":
            print(f"\r{line:{self._longest}}", end="", file=sys.stderr, flush=True)
            self._longest = max(self._longest, len(line))
        elif self._place == "notebook":
            from IPython.display import display

            text = {"text/plain": line}
            if self._handle is None:
                self._handle = display(text, raw=True, display_id=True)  # type: ignore[no-untyped-call]
            else:
                self._handle.update(text, raw=True)


def _keep_tqdm_quiet() -> None:
    """Load tqdm's notebook part without its warning that ipywidgets is missing: the bars in our notebooks are this line."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import tqdm.auto  # noqa: F401


def _place() -> str:
    """Notebook, terminal or nowhere; IPython is looked at only where it runs already."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    if shell is not None and type(shell).__name__ == "ZMQInteractiveShell":
        return "notebook"
    return "terminal" if sys.stderr.isatty() else "nowhere"
