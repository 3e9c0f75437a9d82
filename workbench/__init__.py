"""Process Workbench: from a plant's own records to a change of settings that is safe to try, and honest when there is none.

The names below are what the notebooks use; each is loaded when it is first asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from workbench.draw import (
        draw_effects,
        draw_ledger,
        draw_limit_responses,
        draw_limits,
        draw_movement,
        draw_promise,
        draw_responses,
        draw_shares,
        draw_trends,
        tell_answer,
        tell_data,
        tell_evidence,
        tell_gain,
        tell_saved,
        tell_variables,
        tell_why,
    )
    from workbench.explore import explore_history, save_exploration
    from workbench.plant import load_sheet, read_moment
    from workbench.progress import ProgressLine
    from workbench.saving import save_study, stops_tracked
    from workbench.study import learn_model, read_history, recommend, run_study

__version__ = "0.1.0"

__all__ = [
    "ProgressLine",
    "draw_effects",
    "draw_ledger",
    "draw_limit_responses",
    "draw_limits",
    "draw_movement",
    "draw_promise",
    "draw_responses",
    "draw_shares",
    "draw_trends",
    "explore_history",
    "learn_model",
    "load_sheet",
    "read_history",
    "read_moment",
    "recommend",
    "run_study",
    "save_exploration",
    "save_study",
    "stops_tracked",
    "tell_answer",
    "tell_data",
    "tell_evidence",
    "tell_gain",
    "tell_saved",
    "tell_variables",
    "tell_why",
]

_ROOMS = {
    "workbench.draw": ("draw_", "tell_"),
    "workbench.explore": ("explore_history", "save_exploration"),
    "workbench.plant": ("load_sheet", "read_moment"),
    "workbench.progress": ("ProgressLine",),
    "workbench.saving": ("save_study", "stops_tracked"),
    "workbench.study": ("learn_model", "read_history", "recommend", "run_study"),
}


def __getattr__(name: str) -> object:
    if name in __all__:
        room = next(room for room, starts in _ROOMS.items() if name.startswith(starts))
        return getattr(import_module(room), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
