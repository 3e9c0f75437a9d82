"""`workbench ledger`: what was promised, what a trial measured, what it earned and cost; export, backup and check."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.commands.actions import add_action
from workbench.commands.decay import decay_months
from workbench.errors import InputError, closest_hint

if TYPE_CHECKING:
    from workbench.verify.log import Log, LogRow

__all__ = ["add_commands"]

_ABOUT = """\
Show the ledger of the store: every promise, what a trial measured of it, what that has earned since, and every cost. Only a
gain verified by a trial earns; the probability that the net value is above zero takes what was earned as normal, as widely as
the verdict and the months estimated again were measured. Rows are only ever appended and chained by their hashes, so that a
changed past row is found.

examples:
  workbench ledger                                   the whole ledger
  workbench ledger --by provider                     totals by plant, unit, provider or year
  workbench ledger scores                            whose advice came true
  workbench ledger cost 3fa9c1 trial 120000 CNY --note "extra assays"
  workbench ledger promise line_1.yaml --provider ACME --move temperature 70 74 --gain 0.8 --low 0.3 --high 1.3
  workbench ledger decay 3fa9c1 --source now.csv     is the gain still there? `workbench ledger` says when to ask again
  workbench ledger export folder                     parquet, csv, and a notebook that recomputes every figure
  workbench ledger backup ledger.bak                 and `restore` brings it back
"""


_GROUPED = re.compile(r"[+-]?[1-9][0-9]{0,2}(,[0-9]{3})+(\.[0-9]*)?")  # 1,250 or 12,000.50
_UNCLEAR = re.compile(r"[1-9]\d{0,2}\.\d{3}")  # a thousand and more in one country, one and a bit in another


def add_commands(command: Callable[..., Any]) -> None:
    """Add `ledger` to the command line."""
    ledger = command("ledger", _ledger, "what was promised, measured, earned and put in", _ABOUT)
    ledger.add_argument("--by", metavar="GROUP", help="show totals by plant, unit, provider or year")
    places = ledger.add_subparsers(dest="action", metavar="ACTION", title="actions; without one: the ledger")
    action = partial(add_action, places)

    action("scores", _scores, "score card of those who give advice")
    cost = action("cost", _cost, "write a cost down; a wrong one is taken back by its negative")
    cost.add_argument("whose", metavar="ID|PLANT", help="recommendation, or name or sheet of the plant")
    cost.add_argument("category", metavar="KIND", help="licence, hours, downtime, trial, training or other")
    cost.add_argument("amount", metavar="AMOUNT", type=_amount, help="in CURRENCY, such as 120000")
    cost.add_argument("currency", metavar="CURRENCY", help="such as EUR")
    cost.add_argument("--note", metavar="TEXT", default="", help="what it was")
    cost.add_argument("--provider", metavar="NAME", help="whose advice it was for; default: the recommendation's")
    cost.add_argument("--by", metavar="NAME", help="who writes it; default: your account's name")
    promise = action("promise", _promise, "write down what another provider promises; it is then tried and measured like ours")
    promise.add_argument("plant", metavar="PLANT", help="name of a bundled plant, or path of its sheet")
    promise.add_argument("--provider", metavar="NAME", required=True, help="who promises it")
    promise.add_argument(
        "--move",
        nargs=3,
        action="append",
        default=[],
        metavar=("SETTING", "NOW", "ADVISED"),
        help="a setting, its value now and the advised one; once a setting",
    )
    gain = promise.add_mutually_exclusive_group(required=True)
    gain.add_argument("--gain", metavar="X", type=_amount, help="what it promises, in the objective's unit; more is better")
    gain.add_argument("--value", metavar="X", type=_amount, help="or in money: the sheet's currency a year")
    promise.add_argument("--low", metavar="L", type=_amount, help="low end of its 90 %% interval, in the same unit")
    promise.add_argument("--high", metavar="H", type=_amount, help="high end; without both it is taken at its word")
    promise.add_argument("--what", metavar="TEXT", default="", help="what was said, in words")
    promise.add_argument(
        "--source", metavar="SOURCE", action="one file", help="file of records, where the sheet does not name it"
    )
    promise.add_argument("--by", metavar="NAME", help="who writes it; default: your account's name")
    decay = action("decay", decay_months, "estimate again, month by month, what is left of a verified gain")
    decay.add_argument("id", metavar="ID", help="of the recommendation")
    decay.add_argument(
        "--source", metavar="SOURCE", action="one file", help="file of records that holds the trial and the months after it"
    )
    action("export", _export, "write everything as parquet, csv and a notebook").add_argument(
        "folder", metavar="DIR", type=Path
    )
    action("import", _import, "make this store's empty ledger from an export").add_argument("folder", metavar="DIR", type=Path)
    action("backup", _backup, "copy the ledger to a file").add_argument("file", metavar="FILE", type=Path)
    action("restore", _restore, "put a backup in the ledger's place").add_argument("file", metavar="FILE", type=Path)
    action("check", _check, "check the chain of the rows, and MLflow's pages against it")


def _ledger(options: argparse.Namespace) -> None:
    from workbench.show.value_table import ledger_text, totals_text
    from workbench.verify.ledger import GROUPS, read_ledger

    if options.by is not None and options.by not in GROUPS:
        raise InputError(f"--by '{options.by}' is no grouping{closest_hint(options.by, GROUPS)}: use {', '.join(GROUPS)}")
    ledger = read_ledger(_open())
    print(totals_text(ledger.by(options.by)) if options.by and ledger.totals else ledger_text(ledger), end="")


def _scores(_options: argparse.Namespace) -> None:
    from workbench.show.value_table import score_text
    from workbench.verify.ledger import read_ledger
    from workbench.verify.providers import score_card

    scores = score_card(read_ledger(_open()))
    print(score_text(scores) if scores else "Nobody has promised anything yet.\n", end="")


def _cost(options: argparse.Namespace) -> None:
    from workbench.track import Store
    from workbench.track.review import show_cost
    from workbench.verify.costs import check_cost, record_cost
    from workbench.verify.log import Log

    check_cost(options.category, options.amount, options.currency)  # before a store is made
    plant, recommendation = _whose(options.whose)
    store = Store.open(create=True)
    row = record_cost(
        Log.open(store.folder, create=True),
        plant,
        options.category,
        options.amount,
        options.currency,
        options.note,
        recommendation=recommendation,
        provider=options.provider,
        actor=options.by,
    )
    said = f"{options.category} {options.amount:,.15g} {options.currency} for {recommendation or plant}"
    print(f"Row {row.seq} of the ledger in {store.folder}: {said}")
    show_cost(store, row)


def _promise(options: argparse.Namespace) -> None:
    from workbench.loaders.source import read_source_file
    from workbench.plant import load_sheet
    from workbench.show.words import gain_texts, money_texts, one_line
    from workbench.track import Store
    from workbench.track.lost import open_ledger
    from workbench.verify.foreign import foreign_promise
    from workbench.verify.log import Log
    from workbench.verify.promise import record_promise, sheet_address

    sheet = load_sheet(options.plant)
    in_money = options.value is not None
    record = foreign_promise(  # before a store is made
        sheet,
        options.provider,
        options.move,
        options.value if in_money else options.gain,
        options.low,
        options.high,
        in_money=in_money,
        what=options.what,
    )
    if options.source is not None:
        read_source_file(Path(options.source))  # here, not when the trial is planned from it next week
    provider = str(record.model.name)
    store = Store.open(create=True)
    open_ledger(store)  # a promise must not begin a new ledger in a lost one's place
    replaced = record_promise(
        Log.open(store.folder, create=True),
        record.to_json(),
        sheet=sheet_address(sheet),
        source=None if options.source is None else str(Path(options.source).absolute()),
        unit=" / ".join(sheet.path),
        four_eyes=sheet.four_eyes,
        provider=provider,
        actor=options.by,
    )
    assert record.gain is not None
    money = "" if record.value_per_year is None else f", {money_texts(record.value_per_year)[0]}"
    gained = f"{gain_texts(record.gain)[0]}{money}"
    print(f"{record.id} stands in the ledger in {store.folder}: {one_line(provider)} promises {gained}.")
    if record.id in replaced:
        print("The same settings are approved or on trial already, so there is nothing new to decide.")
        return
    if replaced:
        print(f"It takes the place of {', '.join(replaced)}.")
    print(f"Its verdict comes as any other's: `workbench review approve {record.id} --by NAME --why TEXT`, then")
    print(f"`workbench trial plan {record.id}`, and `workbench verify {record.id}` when the trial is over.")


def _export(options: argparse.Namespace) -> None:
    from workbench.commands.folder import demand_folder
    from workbench.verify.ledger_export import export_ledger

    log = _demand()
    demand_folder(options.folder)
    written = export_ledger(log, options.folder)
    print(f"Wrote {len(written)} files to {options.folder}; recompute.ipynb computes every figure again from log.parquet.")


def _import(options: argparse.Namespace) -> None:
    from workbench.track import Store
    from workbench.verify.ledger_export import import_ledger, read_export

    read_export(options.folder)  # before a store is made
    store = Store.open(create=True)
    log = import_ledger(options.folder, store.folder)
    print(f"{log.path} holds {_count(log.rows())}, as they were.")


def _backup(options: argparse.Namespace) -> None:
    from workbench.verify.backup import back_up

    rows = back_up(_demand(), options.file)
    print(f"Wrote {options.file}: {_count(rows)}, the chain is whole.")
    print("MLflow's runs are not in it: copy the store's folder for them.")


def _restore(options: argparse.Namespace) -> None:
    from workbench.track import Store
    from workbench.verify.backup import read_backup, restore

    read_backup(options.file)  # before a store is made
    store = Store.open(create=True)
    done = restore(options.file, store.folder)
    print(f"{done.log.path} holds {_count(done.log.rows())}.")
    if done.kept is not None:
        lacks = f"held {_count(done.lost)} that the backup lacks" if done.lost else "differed from the backup"
        print(f"The ledger before {lacks}: it is kept as {done.kept}.")
    print("`workbench review sync` makes MLflow's pages say what it says.")


def _check(_options: argparse.Namespace) -> None:
    from workbench.track import Store
    from workbench.track.drift import differences, told
    from workbench.track.lost import demand_ledger
    from workbench.track.mirror import LOST_TAG
    from workbench.verify.chain import SIGNED, clock_steps
    from workbench.verify.log import Log

    store = Store.open()
    print(f"Store: {store.folder}")
    if Log.find(store.folder) is None:
        demand_ledger(store, [])
        print("There is no ledger yet: nothing has been promised.")
        return
    log = Log.open(store.folder, check=False)
    faults, rows = log.check(), log.rows()
    for fault in faults:
        print(f"- {fault}")
    if faults:
        raise InputError(
            f"the ledger {log.path} cannot be trusted: see above; `workbench ledger restore FILE` brings a backup back"
        )
    demand_ledger(store, rows)
    signed = sum(row.hash.startswith(SIGNED) for row in rows)
    key = f"{signed} of them signed with a key" if signed else "none of them signed with a key"
    print(f"{_count(rows)}, {key}; every row follows from the one before it.\nHead: {log.head}")
    found = differences(store)
    for text in (*clock_steps(rows), *told(found)):
        print(f"- {text}")
    if any(one.kind == "head" for one in found):
        raise InputError(
            f"the ledger {log.path} lacks rows at its end: see above; `workbench ledger restore FILE` puts a newer backup"
            f" there. A loss that is known ends with `workbench review sync`, and the tag {LOST_TAG} deleted on MLflow's page"
        )


def _open() -> list[LogRow]:
    """The rows of the store's ledger, none where there is no ledger; what has expired is among them."""
    from datetime import UTC, datetime

    from workbench.track import Store
    from workbench.track.lost import open_ledger
    from workbench.verify.states import rows_at

    store = Store.open()
    print(f"Store: {store.folder}\n")
    log = open_ledger(store)
    return rows_at(log, datetime.now(UTC)) if log else []


def _demand() -> Log:
    from workbench.track import Store
    from workbench.track.lost import open_ledger
    from workbench.verify.log import Log

    store = Store.open()
    return open_ledger(store) or Log.open(store.folder)


def _whose(text: str) -> tuple[str, str | None]:
    """The plant, and the recommendation where one is meant; makes no store where there is none."""
    from workbench.plant import library, load_sheet
    from workbench.track import Store
    from workbench.track.review import list_reviews, state_of

    store = Store.open() if Store(Store.locate().absolute()).exists else None
    known = {state.plant for state in list_reviews(store)} if store else set()
    known |= set(library())
    if text in known:
        return text, None
    if Path(text).suffix in {".yaml", ".yml"}:
        return load_sheet(text).name, None
    plants = ", ".join(sorted(known))
    unknown = f"'{text}' is neither a recommendation nor a plant{closest_hint(text, known)}: known are {plants}"
    if store is None:
        raise InputError(unknown)
    try:
        state = state_of(store, text)
    except InputError as error:
        raise InputError(unknown) from error
    return state.plant, state.id


def _count(rows: int | list[Any]) -> str:
    number = rows if isinstance(rows, int) else len(rows)
    return f"{number:,} row{'' if number == 1 else 's'}"


def _amount(text: str) -> float:
    if _UNCLEAR.fullmatch(text):
        plain = text.replace(".", "")
        raise argparse.ArgumentTypeError(
            f"'{text}' may be {plain} or {float(text):g}: write {plain} or {text}0; the decimal mark is a point"
        )
    if "_" in text or ("," in text and not _GROUPED.fullmatch(text)):
        raise argparse.ArgumentTypeError(
            f"'{text}' is not an amount: the decimal mark is a point, and a comma parts groups of three digits alone;"
            " write for instance 1250, 1,250 or 12000.50"
        )
    try:
        return float(text.replace(",", "").replace("_", ""))
    except ValueError:
        raise argparse.ArgumentTypeError(f"'{text}' is not an amount: write for instance 120000") from None
