"""`workbench review`: what is recommended, who decided what about it, and MLflow's page as the mirror of that."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from functools import partial
from typing import Any

from workbench.commands.actions import add_action

__all__ = ["add_commands"]

_ABOUT = """\
Look at recommendations and decide about them. Each decision is kept with name, account, time and reason in the ledger, which
is only ever appended to; MLflow's pages show it. ID is a recommendation's id, or its start or end where that is enough.

examples:
  workbench review list
  workbench review show 3fa9c1
  workbench review approve 3fa9c1 --by "Li Wei" --why "inside what we ran in May"
  workbench review sync                      make MLflow's pages say what the ledger says
"""


def add_commands(command: Callable[..., Any]) -> None:
    """Add `review` to the command line."""
    review = command("review", _list, "decide about recommendations: list, show, approve, reject, withdraw, sync", _ABOUT)
    places = review.add_subparsers(dest="action", metavar="ACTION", title="actions; without one: list")
    action = partial(add_action, places)
    action("list", _list, "all recommendations and where they stand")
    action("show", _show, "one recommendation with every decision about it").add_argument("id", metavar="ID")
    decisions = {
        "approve": "allow a trial of it on the plant",
        "reject": "say that it must not be tried",
        "withdraw": "take it back; on trial, or verified, this is a rollback",
    }
    for name, says in decisions.items():
        parser = action(name, _decide, says)
        parser.add_argument("id", metavar="ID")
        parser.add_argument("--by", metavar="NAME", required=True, help="who decides")
        parser.add_argument("--why", metavar="TEXT", required=True, help="the reason, in words")
    action("sync", _sync, "make MLflow's pages say what the ledger says")


def _list(_options: argparse.Namespace) -> None:
    from workbench.show.review_table import review_table
    from workbench.track import Store
    from workbench.track.drift import differences
    from workbench.track.review import list_reviews
    from workbench.verify.ledger import read_ledger

    store = Store.open()
    states = list_reviews(store)
    lines = read_ledger(sorted((row for state in states for row in state.rows), key=lambda row: row.seq)).lines
    print(f"Store: {store.folder}")
    print(
        f"\n{review_table(states, {line.recommendation: line.words for line in lines})}"
        if states
        else "Nothing has been proposed here yet.",
        end="" if states else "\n",
    )
    _say_differences(differences(store))


def _show(options: argparse.Namespace) -> None:
    from workbench.show.review_table import review_text
    from workbench.track import Store
    from workbench.track.drift import differences
    from workbench.track.review import state_of

    store = Store.open()
    state = state_of(store, options.id)
    print(f"Store: {store.folder}\n\n{review_text(state)}", end="")
    _say_differences(differences(store, [state]))


def _decide(options: argparse.Namespace) -> None:
    from workbench.show.review_table import decision_text
    from workbench.track import Store, review

    does = {"approve": review.approve, "reject": review.reject, "withdraw": review.withdraw}[options.action]
    print(decision_text(does(Store.open(), options.id, by=options.by, why=options.why)))


def _sync(_options: argparse.Namespace) -> None:
    from workbench.track import Store
    from workbench.track.drift import sync, told

    store = Store.open()
    mended, lost = sync(store)
    print(f"Store: {store.folder}")
    for one in mended:
        print(f"- mended: {one.text}")
    for text in told(lost):
        print(f"- cannot be mended: {text}")
    if not mended and not lost:
        print("MLflow's pages say what the ledger says.")


def _say_differences(found: Any) -> None:
    from workbench.track.drift import told

    if not found:
        return
    print("\nMLflow's pages differ from the ledger, which is the one that counts:")
    for text in told(found):
        print(f"- {text}")
    if any(one.mendable for one in found):
        print("`workbench review sync` puts the pages right.")
