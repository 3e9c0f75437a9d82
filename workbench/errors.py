"""What can go wrong for a user, said in one sentence; bad *data* is not raised but reported as a finding."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

__all__ = ["InputError", "WorkbenchError", "closest_hint", "written_to"]


class WorkbenchError(Exception):
    """Base of every error that the workbench raises on purpose; its text is one clear sentence.

    The command line prints the text and leaves with `exit_code`; a notebook shows the text alone, too.
    """

    exit_code = 1

    def _render_traceback_(self) -> list[str]:
        """What IPython shows instead of the frames of the workbench, which tell a user nothing.

        The name is one of this module's, whatever finer one the code has: it says whose mistake it is.
        """
        name = next(kind.__name__ for kind in type(self).__mro__ if kind.__module__ == __name__)
        return [f"{name}: {self}"]


class InputError(WorkbenchError):
    """A sheet, command or source that cannot be read as meant: what is wrong, where, and what to do."""

    exit_code = 2


def closest_hint(word: str, known: Iterable[str]) -> str:
    """Return `` (did you mean 'x'?)`` for the closest known word, or an empty text where none is close.

    Examples
    --------
    >>> closest_hint("max_stp", ["max_step", "max_rate"])
    " (did you mean 'max_step'?)"
    >>> closest_hint("zebra", ["max_step"])
    ''
    """
    words = list(known)
    folded = {w.casefold(): w for w in words}
    found = difflib.get_close_matches(word.casefold(), list(folded), n=1, cutoff=0.6)
    return f" (did you mean '{folded[found[0]]}'?)" if found else ""


def written_to(source: str) -> InputError:
    """Return the error for a source that is not what it was when it was opened: half of it tells half of the history."""
    return InputError(f"{source} was written to while it was read: run again when it is whole, or on a copy of it")
