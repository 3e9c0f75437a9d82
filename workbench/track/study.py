"""One study becomes one MLflow run: parameters, metrics with units, hashes, the trials as one table, the card, the record."""

from __future__ import annotations

import contextlib
import getpass
import math
import re
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import polars as pl

from workbench.records import Recommendation, round_significant
from workbench.track.faults import store_faults
from workbench.track.store import Store

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import DatasetInput

__all__ = ["Artifact", "RunStatus", "TrackedRun", "interrupted_name", "metric_name", "track_study"]

Artifact = str | bytes | Path | pl.DataFrame
RunStatus = Literal["FINISHED", "FAILED", "KILLED"]

UI_ADDRESS = "http://127.0.0.1:5000"  # where `workbench ui` listens unless told otherwise
_BATCH = 1000  # [entities] what MLflow takes in one log_batch
_PARAMS_BATCH = 100  # [entities] of these, parameters and tags
_LONGEST_PARAM = 6000  # [characters] MLflow's limit
_LONGEST_TAG = 8000  # [characters] MLflow's limit
_UNIT_WORDS = {"%": "percent", "/": " per ", "°": "deg", "²": "2", "³": "3", "µ": "u", "μ": "u"}


@dataclass(frozen=True)
class TrackedRun:
    """Where a tracked study stands.

    Parameters
    ----------
    run_id : str
        MLflow's id of the run, 32 hex digits.
    experiment_id : str
    name : str
        The recommendation's id.
    store : Path
        Folder of the store.
    """

    run_id: str
    experiment_id: str
    name: str
    store: Path

    @property
    def url(self) -> str:
        """The run's page while `workbench ui` runs."""
        return f"{UI_ADDRESS}/#/experiments/{self.experiment_id}/runs/{self.run_id}?workflowType=machine_learning"


def metric_name(quantity: str, unit: str = "") -> str:
    """Return a name that MLflow accepts, the quantity first, its unit in words after it.

    Examples
    --------
    >>> metric_name("gain expected", "%")
    'gain expected percent'
    >>> metric_name("steam", "Nm3/h")
    'steam Nm3 per h'
    """
    words = unit.strip()
    for sign, word in _UNIT_WORDS.items():
        words = words.replace(sign, word)
    # MLflow takes letters, digits, _ - . and blanks; a slash would make a group, a colon fails on Windows
    return " ".join(re.sub(r"[^\w\-. ]", " ", f"{quantity} {'' if words == '-' else words}").split())


def interrupted_name(plant: str, started: datetime) -> str:
    """Return the run name of a study that was stopped before it had an answer.

    Examples
    --------
    >>> interrupted_name("acid", datetime(2026, 1, 12, 6, tzinfo=UTC))
    'acid-20260112T060000Z-interrupted'
    """
    return f"{plant}-{started.astimezone(UTC):%Y%m%dT%H%M%SZ}-interrupted"


def track_study(
    store: Store,
    recommendation: Recommendation | None,
    *,
    plant: str | None = None,
    params: Mapping[str, object] | None = None,
    metrics: Mapping[str, float | None] | None = None,
    artifacts: Mapping[str, Artifact] | None = None,
    description: str = "",
    tags: Mapping[str, str] | None = None,
    started: datetime,
    status: RunStatus = "FINISHED",
) -> TrackedRun:
    """Return the run that now holds one study, in the plant's experiment.

    `recommendation.json`, the hashes, the model and the numbers of the promise are taken from the recommendation;
    what the caller gives under the same name wins.

    Parameters
    ----------
    store : Store
        A store opened with `create=True`.
    recommendation : Recommendation or None
        None for a study that was interrupted: its trials are kept, and no recommendation is written.
    plant : str, optional
        Needed where `recommendation` is None.
    params : mapping of str to object, optional
        Written as text, cut at 6,000 characters.
    metrics : mapping of str to float, optional
        Names as `metric_name` makes them; None and values that are not finite are left out.
    artifacts : mapping of str to text, bytes, Path or polars.DataFrame, optional
        By file name, which may hold folders (`figures/steps.html`). A frame is written as .csv, .parquet or .json by its name.
    description : str
        Markdown; the first two lines are what a reviewer sees at once.
    tags : mapping of str to str, optional
        Beside `plant`, `status` and `state`, which are set here; cut at 8,000 characters.
    started : datetime
        When the study began, with a timezone.
    status : {"FINISHED", "FAILED", "KILLED"}
        MLflow's word for how the study ended; KILLED after Ctrl-C.

    Raises
    ------
    InputError
        If the store cannot be written.
    """
    name = plant or (recommendation.plant if recommendation else None)
    if name is None:
        raise ValueError("an interrupted study needs the plant's name")
    run_name = recommendation.id if recommendation else interrupted_name(name, started)
    all_tags = {"plant": name, "status": recommendation.status if recommendation else "interrupted"}
    if recommendation and recommendation.status == "proposed":
        all_tags["state"] = "proposed"
    files: dict[str, Artifact] = {"recommendation.json": recommendation.to_json()} if recommendation else {}
    files |= artifacts or {}
    with (
        store_faults(store.folder),
        _failed_where_broken_off(store) as begun,
        tempfile.TemporaryDirectory(dir=store.folder, prefix=".run-") as place,
    ):
        for path, content in files.items():  # before the run exists: a table that cannot be written leaves no run behind
            _write(Path(place) / path, content)
        client = store.client()
        experiment = _experiment_id(client, store, name)
        run = client.create_run(
            experiment,
            start_time=_milliseconds(started),
            run_name=run_name,
            tags=_cut(all_tags | dict(tags or {}), _LONGEST_TAG) | _mlflow_tags(description),
        )
        run_id = str(run.info.run_id)
        begun.append(run_id)
        client.log_artifacts(run_id, place)
        if recommendation:
            client.log_inputs(run_id, datasets=[_dataset(recommendation)])
        _log_numbers(
            client,
            run_id,
            params=_cut(_params(recommendation) | dict(params or {}), _LONGEST_PARAM),
            metrics=_metrics(recommendation) | dict(metrics or {}),
            at=_milliseconds(started),
        )
        client.set_terminated(run_id, status)
    return TrackedRun(run_id, experiment, run_name, store.folder)


@contextlib.contextmanager
def _failed_where_broken_off(store: Store) -> Iterator[list[str]]:
    """Mark the runs begun in the block as failed where it breaks off, as far as the disk allows; the block's own fault counts.

    It stands around the folder of files to log: once that is gone, a full disk has room for the mark again.
    """
    begun: list[str] = []
    try:
        yield begun
    except BaseException:
        for run_id in begun:
            with contextlib.suppress(Exception):
                store.client().set_terminated(run_id, "FAILED")
        raise


def _experiment_id(client: MlflowClient, store: Store, plant: str) -> str:
    """The plant's experiment, made on first use; several processes may ask at once."""
    from mlflow.exceptions import MlflowException

    found = client.get_experiment_by_name(plant)
    if found is None:
        try:
            return str(client.create_experiment(plant, artifact_location=f"{store.artifacts.as_uri()}/{plant}"))
        except MlflowException as error:
            if error.error_code != "RESOURCE_ALREADY_EXISTS":
                raise
            found = client.get_experiment_by_name(plant)
    assert found is not None
    if found.lifecycle_stage == "deleted":  # a new study of a plant brings its experiment back
        client.restore_experiment(found.experiment_id)
    return str(found.experiment_id)


def _log_numbers(
    client: MlflowClient, run_id: str, params: dict[str, str], metrics: Mapping[str, float | None], at: int
) -> None:
    from mlflow.entities import Metric, Param

    finite = {k: float(v) for k, v in metrics.items() if v is not None and math.isfinite(v)}
    known = {k: v if v.is_integer() else round_significant(v) for k, v in finite.items()}  # a count is said as it is
    kept = [Metric(metric_name(k), v, at, 0) for k, v in known.items()]
    texts = [Param(metric_name(k), v) for k, v in params.items()]
    client.log_batch(run_id, metrics=kept[: _BATCH // 2], params=texts[:_PARAMS_BATCH])
    for first in range(_BATCH // 2, len(kept), _BATCH):
        client.log_batch(run_id, metrics=kept[first : first + _BATCH])
    for first in range(_PARAMS_BATCH, len(texts), _PARAMS_BATCH):
        client.log_batch(run_id, params=texts[first : first + _PARAMS_BATCH])


def _params(recommendation: Recommendation | None) -> dict[str, object]:
    """What the study ran on."""
    if recommendation is None:
        return {}
    lineage, model = recommendation.lineage, recommendation.model
    return {
        "sheet_sha256": lineage.sheet_sha256,
        "source_sha256": lineage.source_sha256,
        "source": lineage.source,
        "model": model.kind if model.name is None else f"{model.kind} {model.name}",
        "seed": lineage.seed,
        "held": ", ".join(lineage.held),
        "as_of": recommendation.as_of or "",
        "code": lineage.code,
        "data_from": lineage.from_ or "",
        "data_to": lineage.to or "",
    }


def _metrics(recommendation: Recommendation | None) -> dict[str, float | None]:
    """The numbers of the promise, each with its unit in the name; those of a candidate under `candidate`."""
    if recommendation is None:
        return {}
    lineage = recommendation.lineage
    numbers: dict[str, float | None] = {
        "readings in source": lineage.records_read,
        "readings used": lineage.records_used,
        "periods in history": lineage.periods_used + sum(lineage.periods_set_aside.values()),
        "periods used": lineage.periods_used,
        "model skill": recommendation.model.skill,
    }
    gains = [("", recommendation.gain), ("candidate ", recommendation.candidate and recommendation.candidate.gain)]
    for prefix, gain in gains:
        if gain:
            for part in ("expected", "low", "high"):
                numbers[metric_name(f"{prefix}gain {part}", gain.unit)] = getattr(gain, part)
    money = recommendation.value_per_year
    if money:
        for part in ("expected", "low", "high"):
            numbers[metric_name(f"value {part}", f"{money.currency} per year")] = getattr(money, part)
    for line in recommendation.settings:
        for part, value in (("now", line.now), ("proposed", line.proposed)):
            if isinstance(value, float | int):
                numbers[metric_name(f"{line.name} {part}", line.unit)] = value
    for limit in recommendation.limits:
        numbers[metric_name(f"{limit.name} {limit.bound} held probability")] = limit.probability_held
    if recommendation.placebo:
        numbers["placebo false alarm rate"] = recommendation.placebo.rate
    return numbers


def _dataset(recommendation: Recommendation) -> DatasetInput:
    """The source as MLflow's runs table shows it: name and the head of its hash."""
    from mlflow.entities import Dataset, DatasetInput

    lineage = recommendation.lineage
    return DatasetInput(
        dataset=Dataset(
            name=(lineage.source or recommendation.plant)[:500],
            digest=lineage.source_sha256[:12] or "none",
            source_type="records",
            source=lineage.source or recommendation.plant,
        ),
        tags=[],
    )


def _mlflow_tags(description: str) -> dict[str, str]:
    tags = {"mlflow.user": getpass.getuser(), "mlflow.source.name": "workbench", "mlflow.source.type": "LOCAL"}
    return tags | ({"mlflow.note.content": description[:_LONGEST_TAG]} if description else {})


def _write(path: Path, content: Artifact) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(content, pl.DataFrame):
        writers: dict[str, Any] = {".csv": content.write_csv, ".parquet": content.write_parquet, ".json": content.write_json}
        if path.suffix not in writers:
            raise ValueError(f"a frame is written as {', '.join(writers)}; not as {path.name}")
        writers[path.suffix](path)
    elif isinstance(content, Path):
        path.write_bytes(content.read_bytes())
    elif isinstance(content, bytes):
        path.write_bytes(content)
    else:
        path.write_text(content, encoding="utf-8", newline="\n")


def _cut(texts: Mapping[str, object], longest: int) -> dict[str, str]:
    return {name: ("" if value is None else str(value))[:longest] for name, value in texts.items()}


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
