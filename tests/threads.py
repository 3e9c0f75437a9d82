"""How many threads linear algebra counts on at the moment a command reaches its arithmetic."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np  # its library must be loaded to be asked
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

__all__ = ["one_thread_at"]


class _ReachedError(Exception):
    """Carries the number of threads out of the command."""


@contextmanager
def one_thread_at(function: str) -> Iterator[None]:
    """Check that the block calls `function` (its dotted name), on one thread where two are asked for outside; stop there.

    Results of one machine then equal those of another with more cores, to the last digit.
    """

    def reached(*_: Any, **__: Any) -> None:
        raise _ReachedError(_threads())

    assert np.ones(1).sum() == 1.0
    with pytest.MonkeyPatch.context() as patch, threadpool_limits(2):
        assert _threads() == 2
        patch.setattr(function, reached)
        with pytest.raises(_ReachedError) as caught:
            yield
        assert caught.value.args == (1,)


def _threads() -> int:
    return max(int(library["num_threads"]) for library in threadpool_info())
