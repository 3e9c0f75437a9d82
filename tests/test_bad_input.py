"""Mistakes and bad data end to end: one sentence and exit 2 for mistakes, an answer with findings and exit 0 for bad data."""

from __future__ import annotations

import errno
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from workbench.cli import main

if TYPE_CHECKING:
    from conftest import SmallPlant

Answer = dict[str, Any]


@pytest.fixture
def refusal(plant: SmallPlant, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """The one sentence that `workbench tune` says on stderr before it leaves with 2; nothing is written."""

    def run(*more: str) -> str:
        assert main(["tune", "small.yaml", "--trials", "10", *more]) == 2
        said = capsys.readouterr()
        assert said.out == ""
        assert said.err.startswith("workbench: ")
        assert said.err.count("\n") == 1
        assert "Traceback" not in said.err
        assert not list(plant.folder.rglob("recommendation.json"))
        assert not (plant.folder / "mlruns").exists()
        return said.err.removeprefix("workbench: ").rstrip("\n")

    return run


@pytest.fixture
def answer(plant: SmallPlant, capsys: pytest.CaptureFixture[str]) -> Callable[..., Answer]:
    """The record that `workbench tune --out answer` writes before it leaves with 0."""

    def run(*more: str) -> Answer:
        assert main(["tune", "small.yaml", "--trials", "10", "--no-track", "--out", "answer", *more]) == 0
        assert capsys.readouterr().err == ""
        record: Answer = json.loads((plant.folder / "answer" / "recommendation.json").read_text(encoding="utf-8"))
        return record

    return run


def codes(record: Answer) -> set[str]:
    return {finding["code"] for finding in record["findings"]}


def finding(record: Answer, code: str) -> str:
    texts = [f["text"] for f in record["findings"] if f["code"] == code]
    assert texts, f"no finding {code} in {record['findings']}"
    return " | ".join(texts)


def refused(record: Answer) -> bool:
    """Whether a record is refused as it should be: reasons, and nothing promised."""
    assert (record["status"] == "refused") == (record["candidate"] is None and record["model"]["skill"] is None)
    if record["status"] != "refused":
        return False
    assert record["reasons"]
    assert record["gain"] is record["value_per_year"] is record["placebo"] is record["support"] is None
    return True


def test_healthy_plant_is_answered(answer: Callable[..., Answer]) -> None:
    record = answer()
    assert record["status"] == "proposed"
    assert codes(record) <= {"S101", "T113"}  # both are switched all the time
    proposed = {s["name"]: s["proposed"] for s in record["settings"]}
    assert proposed["temperature"] > 74.0
    assert record["lineage"]["records_used"] == 4 * 300


# --- the sheet


def test_key_with_a_typo(plant: SmallPlant, refusal: Callable[..., str]) -> None:
    plant.change_sheet("high: 90, max_step: 5", "high: 90, max_stp: 5")
    assert refusal() == "small.yaml line 7, settings.temperature.max_stp: unknown key (did you mean 'max_step'?)"


def test_unknown_unit(plant: SmallPlant, refusal: Callable[..., str]) -> None:
    plant.change_sheet("degC", "degX")
    assert refusal().startswith("small.yaml line 7, settings.temperature.unit: unknown unit 'degX'")


def test_low_above_high(plant: SmallPlant, refusal: Callable[..., str]) -> None:
    plant.change_sheet("low: 60, high: 90", "low: 90, high: 60")
    assert refusal() == "small.yaml line 7, settings.temperature.low: low 90 is not below high 60: a setting needs room to move"


def test_formula_with_an_unknown_name(plant: SmallPlant, refusal: Callable[..., str]) -> None:
    plant.change_sheet("maximize: recovery", "maximize: recvoery")
    assert refusal() == (
        "small.yaml line 13, objective.maximize: 'recvoery' is not a variable of this sheet (did you mean 'recovery'?)"
    )


@pytest.mark.parametrize("formula", ["open(recovery)", "recovery + __import__('os').getpid()"])
def test_formula_with_a_call(formula: str, plant: SmallPlant, refusal: Callable[..., str]) -> None:
    plant.change_sheet("maximize: recovery", f'maximize: "{formula}"')
    assert refusal().startswith("small.yaml line 13, objective.maximize: ")


def test_no_settings(plant: SmallPlant, refusal: Callable[..., str]) -> None:
    lines = plant.sheet.read_text().splitlines(keepends=True)
    plant.sheet.write_text("".join(lines[:5] + lines[8:]))
    assert refusal() == "small.yaml, settings: is missing: list at least one setting that you may change"


@pytest.mark.parametrize(
    "command", [["tune", "small.yaml"], ["check", "small.yaml"], ["run", "explore", "-p", "plant=small.yaml"]]
)
def test_a_simulator_as_the_model(command: list[str], plant: SmallPlant, capsys: pytest.CaptureFixture[str]) -> None:
    plant.change_sheet("source:", "model: {kind: simulator, name: phosphoric_acid}\nsource:")
    assert main(command) == 2
    said = capsys.readouterr().err
    assert said.startswith(
        "workbench: small.yaml, model.kind: studies on a simulator are not available yet: write `model: {kind: surrogate}`"
    )
    assert said.count("\n") == 1


def test_a_simulated_source_of_a_plant_without_a_simulator(plant: SmallPlant, refusal: Callable[..., str]) -> None:
    plant.change_sheet("source: ", "source: {simulated: {days: 3}}  # ")
    assert refusal() == (
        "small.yaml, source.simulated: no simulator is named 'small': known are phosphoric_acid; say which one by"
        " `model: {kind: surrogate, name: SIMULATOR}`, or read a file"
    )


def test_duplicate_keys(plant: SmallPlant, refusal: Callable[..., str]) -> None:
    plant.change_sheet("  flow: {", "  temperature: {")
    assert refusal() == "small.yaml line 8, settings.temperature: is given twice (first in line 7); remove one"


def test_no_sheet(refusal: Callable[..., str], plant: SmallPlant) -> None:
    plant.sheet.rename(plant.folder / "smal.yaml")
    assert "small.yaml" in refusal()


def test_yaml_words_stay_text(plant: SmallPlant, answer: Callable[..., Answer]) -> None:
    """Whoever reads YAML 1.1 makes True of `on` and 1350 of `22:30`."""
    plant.change_sheet("  flow: {unit", "  mode: {choices: [on, off]}\n  slot: {choices: [22:30, 06:00]}\n  flow: {unit")
    half = pl.int_range(pl.len()) // 7 % 2 == 0
    third = pl.int_range(pl.len()) // 11 % 2 == 0
    history = pl.read_csv(plant.history).with_columns(
        mode=pl.when(half).then(pl.lit("on")).otherwise(pl.lit("off")),
        slot=pl.when(third).then(pl.lit("22:30")).otherwise(pl.lit("06:00")),
    )
    plant.write_history(history)
    record = answer()
    now = {s["name"]: s["now"] for s in record["settings"]}
    assert now["mode"] in ("on", "off")
    assert now["slot"] in ("22:30", "06:00")
    assert record["lineage"]["periods_used"] == 300
    assert codes(record) <= {"S101", "T113"}  # both are switched all the time


# --- the source


def test_source_missing(plant: SmallPlant, refusal: Callable[..., str]) -> None:
    plant.history.rename(plant.folder / "histori.csv")
    assert refusal() == "history.csv does not exist (did you mean 'histori.csv'?): name a csv, parquet or xlsx file"


def test_no_source(plant: SmallPlant, refusal: Callable[..., str]) -> None:
    plant.change_sheet("source: {file: history.csv}\n", "")
    assert refusal().startswith("no source of records is named in small.yaml")


def test_source_empty(plant: SmallPlant, refusal: Callable[..., str]) -> None:
    plant.history.write_bytes(b"")
    assert refusal() == "history.csv is empty: nothing to read"


def test_source_without_time(plant: SmallPlant, refusal: Callable[..., str]) -> None:
    plant.write_history(pl.read_csv(plant.history).drop("time"))
    assert refusal().startswith("history.csv has no time column: call it 'time'")


def test_source_without_a_tag(plant: SmallPlant, refusal: Callable[..., str]) -> None:
    plant.write_history(pl.read_csv(plant.history).rename({"feed": "feet"}))
    assert refusal().startswith("tag 'feed' (conditions.feed) not found in history.csv (did you mean 'feet'?)")


@pytest.mark.parametrize("delimiter", ["~", " "])
def test_source_with_a_wrong_delimiter(delimiter: str, plant: SmallPlant, refusal: Callable[..., str]) -> None:
    plant.history.write_text(plant.history.read_text().replace(",", delimiter))
    assert refusal() == "only one column was found in history.csv: separate the columns by a comma, semicolon, tab or |"


def test_mixed_offsets_are_one_clock(plant: SmallPlant, answer: Callable[..., Answer]) -> None:
    """Each offset is taken at its word: the same instants, however they are written."""
    plain = answer()
    history = pl.read_csv(plant.history, try_parse_dates=True)
    shift = pl.int_range(pl.len()) % 3 - 1
    written = history.with_columns(
        (pl.col("time") + pl.duration(hours=shift)).dt.strftime("%Y-%m-%d %H:%M")
        + pl.when(shift == -1).then(pl.lit("-01:00")).when(shift == 1).then(pl.lit("+01:00")).otherwise(pl.lit("+00:00"))
    )
    plant.write_history(written)
    record = answer()
    assert record["settings"] == plain["settings"]
    assert record["gain"] == plain["gain"]


def test_stamps_with_and_without_offset(plant: SmallPlant, answer: Callable[..., Answer]) -> None:
    some = pl.when(pl.int_range(pl.len()) % 2 == 0).then(pl.lit("Z")).otherwise(pl.lit(""))
    plant.write_history(pl.read_csv(plant.history).with_columns(pl.col("time") + some))
    record = answer()
    assert finding(record, "L106").startswith("stamps of history.csv come with an offset (150) and without (150)")
    assert record["lineage"]["periods_used"] == 300


def test_values_as_text(plant: SmallPlant, answer: Callable[..., Answer]) -> None:
    history = pl.read_csv(plant.history, infer_schema=False)
    at = pl.int_range(pl.len())
    plant.write_history(history.with_columns(flow=pl.when(at < 7).then(pl.lit("Bad Input")).otherwise("flow")))
    record = answer()
    assert "7 readings of 'flow' with text instead of a number set aside: 'Bad Input' 7" in finding(record, "L114")
    assert record["lineage"]["records_used"] == 4 * 300 - 7
    assert sum(record["lineage"]["set_aside"].values()) == 7


def test_all_values_text(plant: SmallPlant, answer: Callable[..., Answer]) -> None:
    plant.write_history(pl.read_csv(plant.history).with_columns(flow=pl.lit("Bad Input")))
    record = answer()
    assert refused(record)
    assert "none of 300 readings is good" in finding(record, "D112")


def test_times_that_the_clock_change_repeats(plant: SmallPlant, answer: Callable[..., Answer]) -> None:
    """The night of 26 October 2025 has 02:00 twice in Berlin: rows in time order tell which is which."""
    plant.change_sheet("timezone: UTC", "timezone: Europe/Berlin")
    history = pl.read_csv(plant.history)
    start = datetime(2025, 10, 18)  # noqa: DTZ001  as polars reads it
    utc = pl.Series("time", [start + timedelta(hours=i) for i in range(history.height)]).dt.replace_time_zone("UTC")
    local = utc.dt.convert_time_zone("Europe/Berlin").dt.strftime("%Y-%m-%d %H:%M")
    assert local.is_duplicated().sum() == 2
    plant.write_history(history.with_columns(local))
    record = answer()
    assert "L108" in codes(record)
    assert record["lineage"]["periods_used"] == 300
    assert not {"D111", "L109"} & codes(record)


# --- the machine


def test_out_under_a_file(plant: SmallPlant, refusal: Callable[..., str]) -> None:
    (plant.folder / "report").write_text("a file")
    assert refusal("--out", "report/new").startswith("the folder report/new cannot be made or written (")


def test_out_without_permission(refusal: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "mkdir", _raise(PermissionError(errno.EACCES, "Permission denied", "answer")))
    assert refusal("--out", "answer") == "the folder answer cannot be made or written (Permission denied): name another one"


def test_store_under_a_file(plant: SmallPlant, refusal: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> None:
    (plant.folder / "report").write_text("a file")
    monkeypatch.setenv("WORKBENCH_STORE", str(plant.folder / "report" / "store"))
    assert refusal().startswith(f"the store {plant.folder}/report/store cannot be ")


def test_store_without_permission(refusal: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "mkdir", _raise(PermissionError(errno.EACCES, "Permission denied", "mlruns")))
    said = refusal()
    assert said.startswith("the store ")
    assert "cannot be written: give yourself the right to write there" in said


def test_disk_full_in_writing_the_answer(
    plant: SmallPlant, refusal: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Path, "write_text", _raise(OSError(errno.ENOSPC, "No space left on device")))
    assert refusal("--out", "answer", "--no-track").startswith("the disk is full")
    assert list((plant.folder / "answer").iterdir()) == []


def test_ctrl_c_in_the_search(plant: SmallPlant, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    import optuna

    tell, told = optuna.study.Study.tell, []

    def interrupted(*arguments: Any, **more: Any) -> Any:
        if len(told) == 4:
            raise KeyboardInterrupt
        told.append(1)
        return tell(*arguments, **more)

    monkeypatch.setattr(optuna.study.Study, "tell", interrupted)
    assert main(["tune", "small.yaml", "--out", "answer"]) == 130
    stopped = "workbench: stopped after 4 of 200 trials; tracked without a recommendation in"
    assert capsys.readouterr().err == f"{stopped} {plant.folder / 'mlruns'}\n"
    assert not list(plant.folder.rglob("recommendation.json"))
    from workbench.track import Store

    client = Store.open().client()
    (experiment,) = client.search_experiments()
    (run,) = client.search_runs([experiment.experiment_id])
    assert run.info.status == "KILLED"
    (trials,) = plant.folder.rglob("trials.csv")
    assert pl.read_csv(trials).height == 4


# --- data that cannot support an answer, and data that can


def test_ten_rows(plant: SmallPlant, answer: Callable[..., Answer]) -> None:
    plant.write_history(pl.read_csv(plant.history).head(10))
    record = answer()
    assert refused(record)
    assert record["reasons"] == ["D201: 10 usable periods of 10: at least 50 are needed"]


def test_constant_settings(plant: SmallPlant, answer: Callable[..., Answer]) -> None:
    plant.write_history(pl.read_csv(plant.history).with_columns(temperature=70.0, flow=15.0))
    record = answer()
    assert refused(record)
    assert record["reasons"][0].startswith("D202: no setting has moved in 300 usable periods")


def test_one_constant_setting_is_left_alone(plant: SmallPlant, answer: Callable[..., Answer]) -> None:
    plant.write_history(pl.read_csv(plant.history).with_columns(temperature=70.0))
    record = answer()
    assert record["status"] != "refused"
    assert {"D105", "T104"} <= codes(record)
    temperature = record["settings"][0]
    assert temperature["now"] == temperature["proposed"] == 70.0


def test_outcome_missing_everywhere(plant: SmallPlant, answer: Callable[..., Answer]) -> None:
    plant.write_history(pl.read_csv(plant.history).with_columns(recovery=pl.lit(None, pl.Float64)))
    record = answer()
    assert refused(record)
    assert any(reason.startswith("D203: no value in any of 300 periods") for reason in record["reasons"])
    assert "D105" not in codes(record), "the settings moved; only their periods cannot be used"


def test_constant_outcome(plant: SmallPlant, answer: Callable[..., Answer]) -> None:
    plant.write_history(pl.read_csv(plant.history).with_columns(recovery=80.0))
    record = answer()
    assert refused(record)
    assert record["reasons"][0].startswith("M104: ")


def test_all_values_bad(plant: SmallPlant, answer: Callable[..., Answer]) -> None:
    long = pl.read_csv(plant.history).unpivot(index="time", variable_name="tag", value_name="value")
    plant.write_history(long.with_columns(quality=pl.lit("Bad")))
    record = answer()
    assert refused(record)
    assert record["reasons"][0].startswith("D204: none of 1,200 readings is good")
    assert record["lineage"]["records_read"] == 1200
    assert sum(record["lineage"]["set_aside"].values()) == 1200


def test_limit_broken_today(plant: SmallPlant, answer: Callable[..., Answer]) -> None:
    plant.change_sheet('recovery: {unit: "%"}', 'recovery: {unit: "%", low: 79}')
    record = answer()
    assert record["status"] == "proposed"
    assert "a proposal must hold it as often" in finding(record, "T102")
    (limit,) = record["limits"]
    assert limit["now"] < 0.95
    assert limit["probability_held"] >= limit["now"]


# --- the same again


def test_same_command_twice_gives_the_same_bytes(plant: SmallPlant) -> None:
    written = []
    for folder in ("first", "second"):
        assert main(["tune", "small.yaml", "--no-track", "--out", folder, "--seed", "3"]) == 0
        text = (plant.folder / folder / "recommendation.json").read_text(encoding="utf-8")
        created = json.loads(text)["created"]
        assert text.count(f'"created": "{created}"') == 1
        written.append(text.replace(f'"created": "{created}"', '"created": ""'))
    assert written[0] == written[1]


def _raise(error: OSError) -> Callable[..., None]:
    def fails(*_: object, **__: object) -> None:
        raise error

    return fails
