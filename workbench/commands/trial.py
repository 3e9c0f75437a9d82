"""`workbench trial`: plan a trial on the plant, put it on the schedule, or ask for the next small move."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from workbench.commands.actions import add_action

__all__ = ["add_commands"]

_ABOUT = """\
Prove a recommendation on the plant: a randomised trial of present against proposed settings, planned from the plant's own past.
Or improve step by step: each next small move from all records so far.

examples:
  workbench trial plan 3fa9c1 --out trial             what it takes, and what it costs if the promise is wrong
  workbench review approve 3fa9c1 --by "Li Wei" --why "inside what we ran in May"
  workbench trial schedule 3fa9c1 --plan trial/plan.json --out trial   put it on trial: schedule.csv, and a page to print
  workbench trial next line_1.yaml                    the next small move
"""


def add_commands(command: Callable[..., Any]) -> None:
    """Add `trial` to the command line."""
    trial = command("trial", _plan, "prove a recommendation on the plant: plan, schedule, next", _ABOUT)
    places = trial.add_subparsers(dest="action", metavar="ACTION", title="actions", required=True)
    action = partial(add_action, places)

    plan = action(
        "plan", _plan, "what a trial of a recommendation takes, what it finds and what it costs; nothing is decided by it"
    )
    schedule = action("schedule", _schedule, "put an approved recommendation on trial, and write what the control room needs")
    for parser in (plan, schedule):
        parser.add_argument("id", metavar="ID", help="a recommendation's id, or its start or end where that is enough")
        parser.add_argument("--start", metavar="DATE", help="begin no earlier: 2026-01-12 or 2026-01-12T06:00, plant time")
        parser.add_argument("--seed", metavar="N", type=_seed, help="draws the order of the blocks; default 0")
        parser.add_argument("--out", metavar="DIR", type=Path, help="folder for plan.json, schedule.csv and schedule.html")
    schedule.add_argument(
        "--plan", metavar="FILE", type=Path, help="the plan.json to follow; without it the trial is planned anew"
    )
    step = action("next", _next, "the next small move of the plant, from its last 4,000 periods at most")
    step.add_argument("plant", metavar="PLANT", help="name of a bundled plant, or path of a sheet")
    step.add_argument(
        "--source", metavar="SOURCE", action="one file", help="file of records to read instead of the sheet's own source"
    )
    step.add_argument("--seed", metavar="N", type=_seed, default=0, help="of the moves' randomness; default 0")
    step.add_argument("--out", metavar="FILE", type=Path, help="write the move as json")


def _plan(options: argparse.Namespace) -> None:
    from workbench.commands.folder import demand_folder
    from workbench.planning import consider_trials, save_plan
    from workbench.progress import ProgressLine
    from workbench.show.plan_standing import standing_sentences
    from workbench.show.plan_table import plan_table
    from workbench.track import Store
    from workbench.track.review import state_of
    from workbench.trials import candidates_frame

    store = Store.open()
    if options.out is not None:
        demand_folder(options.out)
    with ProgressLine() as progress:
        planned = consider_trials(store, options.id, options.seed or 0, _start(store, options), progress)
    print(f"Store: {store.folder}\n\n{plan_table(planned.plan, candidates_frame(planned), planned.notes)}", end="")
    for sentence in standing_sentences(planned.plan, state_of(store, options.id), datetime.now(UTC), "--start DATE"):
        print(sentence)
    if options.out is not None:
        _say_saved(save_plan(planned.plan, options.out))


def _schedule(options: argparse.Namespace) -> None:
    from workbench.commands.folder import demand_folder
    from workbench.errors import InputError
    from workbench.planning import save_plan, schedule_trial
    from workbench.progress import ProgressLine
    from workbench.show.plan_standing import standing_sentences
    from workbench.show.plan_table import schedule_text
    from workbench.track import Store
    from workbench.track.review import state_of

    given_too = [name for name, value in (("--start", options.start), ("--seed", options.seed)) if value is not None]
    told = " and ".join(given_too)
    if options.plan is not None and told:
        again = " ".join(f"{name} ..." for name in given_too)
        raise InputError(
            f"{told} cannot be given with --plan, for a plan holds its own start and order: leave {told} away, or make another"
            f" plan with `workbench trial plan {options.id} {again}`"
        )
    store = Store.open()
    if told and (state := state_of(store, options.id)).state == "on_trial" and (running := state.plan) is not None:
        raise InputError(
            f"{state.id} is on trial by plan {running.id}, which holds its own start and order: leave {told} away; another plan"
            f" can begin once this one is withdrawn (`workbench review withdraw {state.id} --by NAME --why TEXT`)"
        )
    given = None if options.plan is None else _read_plan(options.plan)
    if options.out is not None:
        demand_folder(options.out)  # before anything is put on trial
    with ProgressLine() as progress:
        start = _start(store, options)
        plan = schedule_trial(store, options.id, given, seed=options.seed or 0, start=start, progress=progress)
    print(f"Store: {store.folder}\n\n{schedule_text(plan)}", end="")
    for sentence in standing_sentences(plan, state_of(store, options.id), datetime.now(UTC), "--start DATE"):
        print(sentence)
    if options.out is not None:
        _say_saved(save_plan(plan, options.out))


def _next(options: argparse.Namespace) -> None:
    from workbench.commands.folder import demand_folder
    from workbench.files import write_whole
    from workbench.planning import next_step
    from workbench.progress import ProgressLine
    from workbench.show.next_text import next_text

    if options.out is not None:
        demand_folder(options.out.parent)
    with ProgressLine() as progress:
        step = next_step(options.plant, options.source, options.seed, progress)
    print(next_text(step), end="")
    if options.out is not None:
        write_whole(options.out, step.to_json())
        print(f"Wrote {options.out}")


def _start(store: Any, options: argparse.Namespace) -> Any:
    """The moment that --start means, in plant time where it has no offset."""
    if options.start is None:
        return None
    from workbench.plant import load_sheet, read_moment
    from workbench.track.review import state_of

    return read_moment(load_sheet(state_of(store, options.id).sheet), options.start, "--start")


def _read_plan(path: Path) -> Any:
    from pydantic import ValidationError

    from workbench.errors import InputError
    from workbench.trial_records import TrialPlan

    try:
        return TrialPlan.from_json(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(
            f"--plan {path} cannot be read ({error.strerror}): name a plan.json that `workbench trial plan` wrote"
        ) from error
    except (ValidationError, ValueError, KeyError) as error:
        raise InputError(f"--plan {path} is no plan: name a plan.json that `workbench trial plan` wrote, unchanged") from error


def _say_saved(paths: dict[str, Path]) -> None:
    print(f"Wrote {', '.join(str(path) for path in paths.values())}")


def _seed(text: str) -> int:
    if text.isdigit():
        return int(text)
    raise argparse.ArgumentTypeError(f"'{text}' is not a whole number of 0 or more")
