"""All families by name; held-out ones are only made when asked for by their split."""

from __future__ import annotations

from collections.abc import Sequence

from workbench.errors import InputError, closest_hint

from .development import DEVELOPMENT
from .plant import Family

__all__ = ["families_of"]


def families_of(split: str, names: Sequence[str] | None = None) -> tuple[Family, ...]:
    """Return the families of `split` (development, held-out, all), or those of them that `names` lists.

    Raises
    ------
    InputError
        If a name is not a family of that split.
    """
    known: tuple[Family, ...] = ()
    if split in {"development", "all"}:
        known += DEVELOPMENT
    if split in {"held-out", "all"}:
        from .held_out import HELD_OUT

        known += HELD_OUT
    by_name = {family.name: family for family in known}
    for name in names or ():
        if name not in by_name:
            raise InputError(f"--families {name}: no such family of {split}{closest_hint(name, by_name)}: {', '.join(by_name)}")
    return tuple(by_name[name] for name in names) if names else known
