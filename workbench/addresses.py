"""Addresses of networks and databases, which may hold a password: told from paths, and never repeated."""

from __future__ import annotations

import re

__all__ = ["NO_ADDRESS", "is_address"]

NO_ADDRESS = "sources over a network (sql, opcua) are not available yet: export the records to csv, parquet or xlsx"

# a scheme of two letters and more (one is a drive of Windows), an environment variable, or a password in so many words
_ADDRESS = re.compile(r"^\s*\$\{|(^|[^a-z0-9])[a-z][a-z0-9+.\-]+:/|(^|[;,?&\s])(pwd|password|passwd)\s*=", re.IGNORECASE)


def is_address(text: str) -> bool:
    """Return whether a text that should be a path is an address, or holds a password.

    Examples
    --------
    >>> [is_address(text) for text in ("postgresql://user:secret@host/db", "jdbc:postgresql:/host", "Server=h;Pwd=x")]
    [True, True, True]
    >>> [is_address(text) for text in ("history.csv", "C:/plant/history.csv", "a=b/it's 10:30.csv")]
    [False, False, False]
    """
    return _ADDRESS.search(text) is not None
