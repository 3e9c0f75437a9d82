"""Process Workbench: from a plant's own records to a change of settings that is safe to try, and honest when there is none.

The names below are what the notebooks use; each is loaded when it is first asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from workbench.desk import (
        approve,
        find_recommendation,
        open_store,
        read_ledger,
        read_start,
        reject,
        save_record,
        see_trial,
        sync,
        withdraw,
    )
    from workbench.draw import (
        draw_effects,
        draw_ledger,
        draw_limit_responses,
        draw_limits,
        draw_movement,
        draw_promise,
        draw_responses,
        draw_shares,
        draw_trade_off,
        draw_trends,
        tell_answer,
        tell_data,
        tell_evidence,
        tell_gain,
        tell_saved,
        tell_trade_off,
        tell_variables,
        tell_why,
    )
    from workbench.explore import explore_history, save_exploration
    from workbench.planning import plan_trial, schedule_trial
    from workbench.plant import load_sheet, read_moment
    from workbench.progress import ProgressLine
    from workbench.proof import (
        draw_blocks,
        draw_promised,
        draw_randomisation,
        draw_schedule,
        draw_value,
        tell_decision,
        tell_next,
        tell_plan,
        tell_portfolio,
        tell_review,
        tell_scores,
        tell_verdict,
    )
    from workbench.proving import verify_trial
    from workbench.run import require_parameters
    from workbench.saving import save_study, stops_tracked
    from workbench.study import learn_model, read_history, recommend, run_study, weigh_goals

__version__ = "0.1.0"

__all__ = [
    "ProgressLine",
    "approve",
    "draw_blocks",
    "draw_effects",
    "draw_ledger",
    "draw_limit_responses",
    "draw_limits",
    "draw_movement",
    "draw_promise",
    "draw_promised",
    "draw_randomisation",
    "draw_responses",
    "draw_schedule",
    "draw_shares",
    "draw_trade_off",
    "draw_trends",
    "draw_value",
    "explore_history",
    "find_recommendation",
    "learn_model",
    "load_sheet",
    "open_store",
    "plan_trial",
    "read_history",
    "read_ledger",
    "read_moment",
    "read_start",
    "recommend",
    "reject",
    "require_parameters",
    "run_study",
    "save_exploration",
    "save_record",
    "save_study",
    "schedule_trial",
    "see_trial",
    "stops_tracked",
    "sync",
    "tell_answer",
    "tell_data",
    "tell_decision",
    "tell_evidence",
    "tell_gain",
    "tell_next",
    "tell_plan",
    "tell_portfolio",
    "tell_review",
    "tell_saved",
    "tell_scores",
    "tell_trade_off",
    "tell_variables",
    "tell_verdict",
    "tell_why",
    "verify_trial",
    "weigh_goals",
    "withdraw",
]

_ROOMS = {  # the first that fits
    "workbench.proof": (
        "draw_blocks",
        "draw_promised",
        "draw_randomisation",
        "draw_schedule",
        "draw_value",
        "tell_decision",
        "tell_next",
        "tell_plan",
        "tell_portfolio",
        "tell_review",
        "tell_scores",
        "tell_verdict",
    ),
    "workbench.desk": (
        "approve",
        "find_recommendation",
        "open_store",
        "read_ledger",
        "read_start",
        "reject",
        "save_record",
        "see_trial",
        "sync",
        "withdraw",
    ),
    "workbench.draw": ("draw_", "tell_"),
    "workbench.explore": ("explore_history", "save_exploration"),
    "workbench.planning": ("plan_trial", "schedule_trial"),
    "workbench.plant": ("load_sheet", "read_moment"),
    "workbench.progress": ("ProgressLine",),
    "workbench.proving": ("verify_trial",),
    "workbench.run": ("require_parameters",),
    "workbench.saving": ("save_study", "stops_tracked"),
    "workbench.study": ("learn_model", "read_history", "recommend", "run_study", "weigh_goals"),
}


def __getattr__(name: str) -> object:
    if name in __all__:
        room = next(room for room, starts in _ROOMS.items() if name.startswith(starts))
        return getattr(import_module(room), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
