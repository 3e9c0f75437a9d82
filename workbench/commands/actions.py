"""Actions of a command, such as `ledger cost`: each has one line of help, which is its description, too."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

__all__ = ["add_action"]


def add_action(places: Any, name: str, does: Callable[[argparse.Namespace], None], says: str) -> Any:
    """Add an action to a command's subparsers, and return its parser.

    Parameters
    ----------
    places : argparse subparsers
        Of the command.
    name : str
        What people type.
    does : callable
        Called with the options.
    says : str
        Its help, a line that begins with a small letter.
    """
    parser = places.add_parser(name, help=says, description=says[0].upper() + says[1:] + ".")
    parser.set_defaults(does=does)
    return parser
