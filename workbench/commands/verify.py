"""`workbench verify`: what a recommendation really earned, from the records of its trial."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

__all__ = ["add_commands"]

_ABOUT = """\
Measure what a recommendation earned. With a trial plan: what was really set is read back from the records, the effect is
tested over the orders that the plan admits, and at the planned end it is verified or not. Before the end only the looks that
the plan has fixed decide anything. Without a plan the change is compared before and after, which never verifies.
The verdict is written into the ledger of the store; one that has decided is final, and is shown again as it was written.
ID is a recommendation's id, or its start or end.

examples:
  workbench verify 3fa9c1 --source trial.csv
  workbench verify 3fa9c1 --source trial.csv --date 2026-03-01 --out verdict
"""


def add_commands(command: Callable[..., Any]) -> None:
    """Add `verify` to the command line."""
    verify = command("verify", _verify, "measure what a recommendation earned on the plant", _ABOUT)
    verify.add_argument("id", metavar="ID", help="of the recommendation")
    verify.add_argument("--source", metavar="SOURCE", action="one file", help="file of records that covers the trial")
    verify.add_argument("--date", metavar="DATE", help="judge by what was known then: 2026-01-12 or 2026-01-12T06:00")
    verify.add_argument("--by", metavar="NAME", help="who asks; default: your account's name")
    verify.add_argument("--out", metavar="DIR", type=Path, help="folder for verdict.json")


def _verify(options: argparse.Namespace) -> None:
    from workbench.commands.folder import demand_folder
    from workbench.errors import InputError
    from workbench.progress import ProgressLine
    from workbench.proving import final_verdict, save_verdict, verify_trial
    from workbench.show.verdict_table import verdict_table
    from workbench.switchback import stamp
    from workbench.track import Store
    from workbench.track.review import state_of
    from workbench.verify.unfollowed import too_few_present
    from workbench.wording import moment_text

    store = Store.open()
    state = state_of(store, options.id)
    as_of, final = None, final_verdict(state)
    if options.date is not None:
        from workbench.plant import load_sheet, read_moment

        if not options.date.strip():
            raise InputError("--date is empty: write 2026-01-12 or 2026-01-12T06:00, or leave it away")
        as_of = read_moment(load_sheet(state.sheet), options.date, "--date")
    if options.out is not None:
        demand_folder(options.out)  # before anything is written into the ledger
    with ProgressLine() as progress:
        verdict = verify_trial(store, options.id, options.source, as_of, by=options.by, progress=progress)
    title, noun = state.recommendation.title, state.recommendation.lineage.row
    more_in = "the record (--out DIR writes it as verdict.json)" if options.out is None else "verdict.json"
    print(f"Store: {store.folder}\n\n{verdict_table(verdict, title, more_in, noun)}", end="")
    if final is not None:
        may_fade = final.status == "verified" and too_few_present(state) is None
        decay = f". What is left of the gain since: `workbench ledger decay {options.id}`" if may_fade else ""
        written = moment_text(stamp(final.created), state.recommendation.lineage.timezone or "UTC")
        print(f"\nThis verdict of {written} is final{decay}")
    elif verdict.status == "verified":
        print("\nNext: keep the plant at the proposed settings, for what they earn counts from now on.")
        if too_few_present(state_of(store, state.id)) is None:
            print(f"After each month: `workbench ledger decay {options.id} --source FILE`.")
    if options.out is not None:
        print(f"\nWrote {save_verdict(verdict, options.out)}")
