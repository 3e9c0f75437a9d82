"""`workbench ledger decay`: what is left of a verified gain, month by month, and which of its months are new in the ledger."""

from __future__ import annotations

import argparse

__all__ = ["decay_months"]


def decay_months(options: argparse.Namespace) -> None:
    """Estimate the months of a verified gain again, write the new and the corrected ones down, and print them all."""
    from workbench.plant import load_sheet
    from workbench.progress import ProgressLine
    from workbench.proving import read_since
    from workbench.show.fading_text import fading_text
    from workbench.show.table import findings_table
    from workbench.track import Store
    from workbench.track.review import state_of
    from workbench.verify.fading import demand_verified, estimate_again
    from workbench.verify.log import Log
    from workbench.verify.same import check_same

    store = Store.open()
    state = state_of(store, options.id)
    _, plan = demand_verified(state)
    with ProgressLine() as progress:
        sheet = load_sheet(state.sheet)
        check_same(sheet, state, plan)
        history, findings = read_since(sheet, options.source or state.source, progress, plan)
    found = estimate_again(Log.open(store.folder), state, sheet, history)
    print(f"Store: {store.folder}\n")
    print(fading_text(found), end="")
    print(findings_table(findings, terminal=False), end="")
