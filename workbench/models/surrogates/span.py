"""The space that columns span, the same on every processor."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["spanned"]

COPY = 1e-6  # [share of the largest size] what is left less of is another column's copy, but for rounding

Floats = NDArray[np.float64]


def spanned(columns: Floats) -> Floats:
    """Return orthonormal columns of the space that `columns` span.

    What is another's copy spans nothing: a factorisation that keeps it (QR) would take a direction of rounding for it, another
    one on another processor, and leave that out of whatever is compared.

    Examples
    --------
    >>> spanned(np.array([[1.0, 2.0], [0.0, 0.0], [1.0, 2.0]])).shape
    (3, 1)
    """
    left, sizes, _ = np.linalg.svd(columns / np.maximum(np.linalg.norm(columns, axis=0), 1e-300), full_matrices=False)
    return np.asarray(left[:, sizes > COPY * sizes.max(initial=1e-300)])
