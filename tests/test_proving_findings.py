"""What the records of a trial say about themselves is told with the verdict, and a wrong unit allows none."""

from __future__ import annotations

import itertools
import json
from datetime import timedelta

import polars as pl
import pytest

from tests.test_proving import SHEET, Desk, desk, made_store, on_trial, records
from workbench.cli import main
from workbench.desk import see_trial
from workbench.errors import InputError
from workbench.plant import read_sheet
from workbench.proof import tell_verdict
from workbench.proving import read_evidence, read_since, verify_trial
from workbench.switchback import stamp
from workbench.track.review import state_of
from workbench.trial_records import StopRule, Verdict

__all__ = ["desk", "made_store", "on_trial"]  # fixtures

MISFIT = (
    r"the unit of 'recovery' in trial\.csv does not fit outcomes\.recovery: 'kg/h' cannot become '%': .*;"
    r" the objective needs it, so nothing is measured: correct the unit in the sheet or in the source, and ask again"
)


def with_header(trial: Desk, **headers: str) -> None:
    """Write the trial's records with other headers."""
    records(trial.plan).rename(headers).write_csv(trial.source)


def test_a_wrong_unit_of_the_objective_decides_nothing(on_trial: Desk, capsys: pytest.CaptureFixture[str]):
    with_header(on_trial, recovery="recovery [kg/h]")
    with pytest.raises(InputError, match=MISFIT):
        verify_trial(on_trial.store, on_trial.id)
    assert main(["verify", on_trial.id]) == 2
    assert "'kg/h' cannot become '%'" in capsys.readouterr().err
    assert [row.kind for row in state_of(on_trial.store, on_trial.id).rows if row.kind == "verdict"] == []
    with pytest.raises(InputError, match=MISFIT):
        see_trial(on_trial.store, on_trial.id)
    with_header(on_trial)
    assert verify_trial(on_trial.store, on_trial.id).status == "verified"


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ("limits: [{name: rich, formula: feed, high: 90, unit: '%'}]", "the limit rich needs it"),
        ('running: "feed > 1"', "`running` needs it"),
    ],
)
def test_a_wrong_unit_of_what_a_limit_or_running_needs_is_refused(on_trial: Desk, more: str, why: str):
    with_header(on_trial, feed="feed [kg/h]")
    with pytest.raises(InputError, match=why):
        read_evidence(read_sheet(f"{SHEET}{more}\n", "line.yaml"), on_trial.plan, on_trial.source)


def test_a_wrong_unit_of_an_outcome_s_own_limit_is_refused(on_trial: Desk):
    text = SHEET.replace('  recovery: {unit: "%"}', '  recovery: {unit: "%"}\n  loss: {unit: "%", high: 4}')
    records(on_trial.plan).with_columns(pl.lit(2.0).alias("loss [kg/h]")).write_csv(on_trial.source)
    with pytest.raises(InputError, match="the limit of loss needs it"):
        read_evidence(read_sheet(text, "line.yaml"), on_trial.plan, on_trial.source)
    history, findings = read_since(read_sheet(text, "line.yaml"), on_trial.source)  # a gain's months need no limit
    assert history.frame.height
    assert "L111" in [finding.code for finding in findings]


@pytest.mark.parametrize(
    ("tag", "unit", "says"),
    [
        (
            "temperature",
            "bar",
            "'bar' cannot become 'degC': .*; telling when it was changed needs it, so nothing is measured: ",
        ),
        ("feed", "kg/h", "'kg/h' cannot become '%': .*; the comparison of the trial needs it, so nothing is measured"),
    ],
)
def test_a_wrong_unit_of_a_setting_or_a_condition_of_the_plan_decides_nothing(on_trial: Desk, tag: str, unit: str, says: str):
    with_header(on_trial, **{tag: f"{tag} [{unit}]"})
    with pytest.raises(InputError, match=says):
        verify_trial(on_trial.store, on_trial.id)
    assert [row.kind for row in state_of(on_trial.store, on_trial.id).rows if row.kind == "verdict"] == []
    with pytest.raises(InputError, match=says):
        see_trial(on_trial.store, on_trial.id)
    with pytest.raises(InputError, match=says):
        read_since(read_sheet(SHEET, "line.yaml"), on_trial.source, plan=on_trial.plan)


def test_a_wrong_unit_of_what_only_the_plan_foretells_or_limits_by_is_refused(on_trial: Desk):
    with_header(on_trial, feed="feed [kg/h]")
    sheet, bare = read_sheet(SHEET, "line.yaml"), on_trial.plan.model_copy(update={"covariates": ()})
    read_evidence(sheet, bare, on_trial.source)
    rule = StopRule(limit="rich", bound="high", value=90.0, unit="%", periods=6, formula="2*feed")
    for update, why in (
        ({"prognosis": {"feed": 1.0}}, "the comparison of the trial"),
        ({"stop_rules": (rule,)}, "the limit rich"),
    ):
        with pytest.raises(InputError, match=f"{why} needs it"):
            read_evidence(sheet, bare.model_copy(update=update), on_trial.source)


def test_a_wrong_unit_of_a_setting_that_was_simply_changed_is_refused(desk: Desk):
    with_header(desk, temperature="temperature [bar]")
    with pytest.raises(InputError, match=r"'bar' cannot become 'degC': .*; telling when it was changed needs it"):
        verify_trial(desk.store, desk.id)


def test_a_wrong_unit_beside_the_verdict_is_told_with_it(on_trial: Desk, capsys: pytest.CaptureFixture[str]):
    text = SHEET.replace('  feed: {unit: "%"}', '  feed: {unit: "%"}\n  ash: {unit: "%"}')
    on_trial.sheet.write_text(text, encoding="utf-8")
    records(on_trial.plan).with_columns(pl.lit(2.0).alias("ash [kg/h]")).write_csv(on_trial.source)
    assert main(["verify", on_trial.id, "--out", "out"]) == 0
    out = capsys.readouterr().out
    assert "Findings" in out
    assert "L111" in out
    assert "Next: keep the plant at the proposed settings, for what they earn counts from now on.\nAfter each month: " in out
    assert f"`workbench ledger decay {on_trial.id} --source FILE`." in out
    verdict = Verdict.from_json((on_trial.source.parent / "out" / "verdict.json").read_text(encoding="utf-8"))
    assert [(f.code, f.tag) for f in verdict.findings if f.code[0] == "L"] == [("L111", "ash")]
    assert "L111" in tell_verdict(verdict)
    assert main(["verify", on_trial.id]) == 0  # shown again as it was written
    again = capsys.readouterr().out
    assert "L111" in again
    assert "Next:" not in again


def test_dates_that_do_not_tell_day_from_month_are_told(on_trial: Desk):
    early = records(on_trial.plan).with_columns(
        pl.col("time").str.to_datetime("%Y-%m-%d %H:%M").dt.strftime("%m/%d/%Y %H:%M").alias("time")
    )
    march = early.filter(pl.col("time").str.starts_with("03/"), pl.col("time").str.slice(3, 2).cast(pl.Int8) <= 12)
    march.write_csv(on_trial.source)
    assert "L103" in [finding.code for finding in verify_trial(on_trial.store, on_trial.id).findings]


def test_what_speaks_of_learning_is_not_told(on_trial: Desk):
    """A trial need not hold 50 periods, nor move every setting."""
    records(on_trial.plan).with_columns(pl.lit(70.0).alias("temperature")).write_csv(on_trial.source)
    evidence = read_evidence(read_sheet(SHEET, "line.yaml"), on_trial.plan, on_trial.source)
    assert not {finding.code for finding in evidence.findings} & {"D105", "D110", "D201", "D202"}
    assert not any(finding.refuses for finding in evidence.findings)


def test_a_verdict_from_before_findings_were_kept_is_still_read(on_trial: Desk):
    verdict = verify_trial(on_trial.store, on_trial.id)
    body = json.loads(verdict.to_json())
    assert all(set(finding) == {"code", "tag", "text"} for finding in body["findings"])
    body.pop("findings")
    old = Verdict.from_json(json.dumps(body))
    assert old.findings is None
    assert "Findings" not in tell_verdict(old)
    assert "Findings" in tell_verdict(verdict)


def test_what_is_left_of_a_gain_is_not_estimated_from_a_wrong_unit(on_trial: Desk, capsys: pytest.CaptureFixture[str]):
    assert main(["verify", on_trial.id]) == 0
    assert main(["ledger", "decay", on_trial.id]) == 0
    assert "Findings" in capsys.readouterr().out
    with_header(on_trial, recovery="recovery [kg/h]")
    assert main(["ledger", "decay", on_trial.id]) == 2
    said = capsys.readouterr()
    assert "'kg/h' cannot become '%'" in said.err
    assert "New in the ledger" not in said.out


def test_a_frozen_meter_measures_nothing(on_trial: Desk):
    """It stands still from hour 13 of a block on until hour 16 of the next, which has the other arm."""
    first = next(a.number for a, b in itertools.pairwise(on_trial.plan.blocks) if a.arm != b.arm)
    start = stamp(on_trial.plan.blocks[first - 1].start) + timedelta(hours=14)
    table = records(on_trial.plan)
    at = table["time"].to_list().index(f"{start:%Y-%m-%d %H:%M}")
    values = table["recovery"].to_list()
    values[at : at + 26] = [values[at - 1]] * 26
    table.with_columns(pl.Series("recovery", values)).write_csv(on_trial.source)
    verdict = verify_trial(on_trial.store, on_trial.id)
    lost = {d.block: d.hours for d in verdict.deviations if d.kind == "no result"}
    assert lost == {first: 11.0, first + 1: 4.0}
    assert verdict.lineage.periods_set_aside["recovery frozen"] == 27 - 12
    assert verdict.deviations[0].text == "11.0 h of 12.0 h that should count: recovery frozen"
    assert verdict.grade == "B"
    assert "recovery frozen" in tell_verdict(verdict)


def test_a_frozen_condition_sets_no_period_aside(on_trial: Desk):
    table = records(on_trial.plan)
    feed = table["feed"].to_list()
    feed[300:340] = [feed[300]] * 40
    table.with_columns(pl.Series("feed", feed)).write_csv(on_trial.source)
    verdict = verify_trial(on_trial.store, on_trial.id)
    assert "D104" in [finding.code for finding in verdict.findings]
    assert not any("frozen" in why for why in verdict.lineage.periods_set_aside)


def test_a_frozen_meter_is_set_aside_without_a_trial_and_in_the_months_after_one_too(on_trial: Desk):
    table = records(on_trial.plan)
    values = table["recovery"].to_list()
    values[300:340] = [values[300]] * 40
    table.with_columns(pl.Series("recovery", values)).write_csv(on_trial.source)
    sheet = read_sheet(SHEET, "line.yaml")
    plain = read_evidence(sheet, None, on_trial.source).frame
    assert plain.filter(pl.col("reason") == "recovery frozen").height == 10  # of 4 h each
    history, _ = read_since(sheet, on_trial.source, plan=on_trial.plan)
    assert history.periods.set_aside["recovery frozen"] == 10
    assert history.periods.rows_used == history.usable.height == history.frame.height - sum(history.periods.set_aside.values())
