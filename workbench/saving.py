"""What a study leaves behind: files and a run when it has an answer, a killed run when a person stopped it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from workbench.errors import InputError
from workbench.files import write_all
from workbench.interrupts import interrupts_held
from workbench.plant import Sheet
from workbench.records import SIGNIFICANT_DIGITS, Recommendation
from workbench.tuning import SearchStoppedError

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

    from workbench.study import Study
    from workbench.track.study import Artifact
    from workbench.verify.states import ReviewState

__all__ = ["Result", "save_study", "stops_tracked", "trials_kept"]


@dataclass(frozen=True)
class Result:
    """What a study left behind: the answer, where card and run are, and what the ledger says of it.

    `standing` is where a proposal stands there (None for none), `unsupported` the older proposals that an answer without a
    change has taken the place of, `doubted` the approved ones that it speaks of.
    """

    recommendation: Recommendation
    card_path: Path | None
    run_url: str | None
    store_path: Path | None
    study: Study
    standing: ReviewState | None = None
    unsupported: tuple[str, ...] = ()
    doubted: tuple[str, ...] = ()


def save_study(study: Study, out: str | Path | None = None, track: bool = True) -> Result:
    """Write recommendation and card to `out`, and the study to the store; return where they are.

    Parameters
    ----------
    study : Study
        As `recommend` makes it.
    out : str or Path, optional
        Folder for recommendation.json and card.html, made where it is missing.
    track : bool
        Whether to leave a run in the store.

    Raises
    ------
    InputError
        If folder or store cannot be written.
    KeyboardInterrupt, SearchStoppedError
        On Ctrl-C while the card is drawn or the store opened; nothing is written then. What is being written is finished.
    """
    from workbench.show import card_html, recommendation_markdown
    from workbench.track import Store, ledger_head, track_no_change, track_promise, track_study
    from workbench.track.lost import open_ledger

    record = study.recommendation
    artifacts: dict[str, Artifact] = {}
    if study.tuned is not None:
        artifacts["trials.csv"] = study.tuned.trials
    if study.sheet.file is not None:
        artifacts[f"{study.sheet.name}.yaml"] = study.sheet.data
    with trials_kept(study.tuned.trials if study.tuned else None):
        head = ledger_head(Store.locate()) if track else None
        artifacts["card.html"] = card = card_html(record, _figures(study), chain_head=head, choices=_choices(study.sheet))
        artifacts |= (front := _trade_off_files(study))
        description = recommendation_markdown(record)
        store = None
        if track:
            with interrupts_held():  # an import broken off in its middle cannot be had again, and a killed run needs it too
                store = Store.open(create=True)
                store.client()
                open_ledger(store)  # a promise must not begin a new ledger in a lost one's place
    # all or nothing from here: Ctrl-C in the last half second comes too late, and the answer stands
    card_path = Path(out) / "card.html" if out is not None else None
    run = standing = None
    unsupported: tuple[str, ...] = ()
    doubted: tuple[str, ...] = ()
    with contextlib.suppress(KeyboardInterrupt), interrupts_held():
        if card_path is not None:
            texts = {"recommendation.json": record.to_json(), "card.html": card} | front
            write_all({card_path.with_name(name): text for name, text in texts.items()})
        if store is not None:
            run = track_study(
                store,
                record,
                params={"n_trials": study.tuned.trials.height if study.tuned else 0},
                artifacts=artifacts,
                description=description,
                started=study.started,
            )
            standing = track_promise(store, run, record, study.sheet, study.history.path)
            unsupported, doubted = track_no_change(store, record)
    url, folder = run.url if run else None, store.folder if store else None
    return Result(record, card_path, url, folder, study, standing, unsupported, doubted)


@contextlib.contextmanager
def stops_tracked(sheet: Sheet, track: bool = True, seed: int | None = None) -> Iterator[None]:
    """Leave a killed run, with the trials so far, where a person stops what the block does; never a recommendation.

    Parameters
    ----------
    sheet : Sheet
        Of the plant that is studied.
    track : bool
        Whether to leave a run in the store.
    seed : int, optional
        Of the study, for the run's parameters.

    Raises
    ------
    InputError
        If the store is of another MLflow than the installed one: before a study of minutes, not after it.
    KeyboardInterrupt
        On Ctrl-C; its text is one sentence on what was stopped and where it is tracked.
    """
    from workbench.track import Store

    if track:
        Store(Store.locate()).demand_version()
    started = datetime.now(UTC)
    try:
        yield
    except (KeyboardInterrupt, SearchStoppedError) as stop:
        said = str(stop) or "stopped"
        if not track:
            raise KeyboardInterrupt(said) from None
        try:
            with contextlib.suppress(KeyboardInterrupt), interrupts_held():  # pressed again: the run is being written already
                place = _track_stop(sheet, stop, started, seed)
        except InputError as fault:
            raise KeyboardInterrupt(f"{said}, and not tracked: {fault}") from None
        raise KeyboardInterrupt(f"{said}; tracked without a recommendation in {place}") from None


@contextlib.contextmanager
def trials_kept(trials: pl.DataFrame | None) -> Iterator[None]:
    """Raise Ctrl-C in the block as `SearchStoppedError`, which carries the trials that were done before; None for none."""
    try:
        yield
    except KeyboardInterrupt as stop:
        if trials is None:
            raise
        raise SearchStoppedError(trials, trials.height) from stop


def _track_stop(sheet: Sheet, stop: BaseException, started: datetime, seed: int | None) -> Path:
    from workbench.track import Store, track_study

    params: dict[str, object] = {"sheet_sha256": sheet.sha256} | ({} if seed is None else {"seed": seed})
    artifacts: dict[str, Artifact] = {}
    if isinstance(stop, SearchStoppedError):
        params["n_trials"] = stop.n_trials
        artifacts["trials.csv"] = stop.trials
    store = Store.open(create=True)
    track_study(
        store,
        None,
        plant=sheet.name,
        params=params,
        artifacts=artifacts,
        started=started,
        status="KILLED",
        description=f"**Stopped by a person**{f', {stop}' if str(stop) else ''}; no recommendation was made.",
    )
    return store.folder


def _trade_off_files(study: Study) -> dict[str, str]:
    """Page and table of the front between two goals, where one was asked for."""
    if study.trade_off is None:
        return {}
    from workbench.show import trade_off_page

    page = trade_off_page(study.trade_off, study.sheet)
    points = study.trade_off.points.with_columns(pl.col(pl.Float64).round_sig_figs(SIGNIFICANT_DIGITS))
    heads = {f"@{name}": name for name in ("point", "kind") if name not in points.columns}
    return {"trade_off.html": page, "trade_off.csv": points.rename(heads).write_csv()}


def _choices(sheet: Sheet) -> dict[str, tuple[str, ...]]:
    return {name: tuple(setting.choices) for name, setting in sheet.settings.items() if setting.choices is not None}


def _figures(study: Study) -> list[Figure]:
    """The response curves, where something may move."""
    from workbench.show import response_data, response_figure
    from workbench.show.words import objective_name, then_word
    from workbench.tuning import responses_frame

    if study.tuned is None:
        return []
    frame = responses_frame(study.tuned)
    if frame.is_empty():
        return []
    objective = study.sheet.objective
    return [
        response_figure(
            response_data(frame),
            objective=objective_name(objective.text),
            unit=objective.unit,
            proposed=then_word(study.recommendation),
            after_costs=study.tuned.judge.cost_weight > 0.0,
            noun=study.recommendation.lineage.row,
        )
    ]
