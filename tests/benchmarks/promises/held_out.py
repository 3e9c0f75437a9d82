"""Held-out families: never used to choose a method; run once, for the closing figures."""

from __future__ import annotations

from .plant import Family

__all__ = ["HELD_OUT"]

HELD_OUT: tuple[Family, ...] = ()
