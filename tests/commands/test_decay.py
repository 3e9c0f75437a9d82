"""`workbench ledger decay`: what it writes, refuses and says."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.made import made_proposal
from tests.verify.test_decay import NOW, history, trial
from workbench.cli import main
from workbench.records import History, Money, RowLedger, SettingLine
from workbench.show.digits import share_text
from workbench.track import Store
from workbench.trial_records import TrialPlan
from workbench.verify.ledger import read_ledger
from workbench.verify.ledger_lines import held_months
from workbench.verify.ledger_months import due_months
from workbench.verify.log import Log
from workbench.verify.promise import record_promise
from workbench.verify.states import change_state, read_states

PROMISED = """\
name: acid
period: 4h
currency: EUR
settings: {sulfate: {tag: S, unit: g/L, low: 20, high: 40, max_step: 5}}
outcomes: {recovery: {unit: "%"}, loss: {unit: "%"}}
objective: {maximize: recovery, unit: "%", value_per_unit: 100000}
"""


@pytest.fixture
def verified(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> Log:
    """A store whose ledger holds `acid`, verified on 1 February 2026, and a command line that reads `history`."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("WORKBENCH_STORE", raising=False)
    store = Store.open(create=True)
    log = Log.open(store.folder, create=True)
    (tmp_path / "acid.yaml").write_text(PROMISED, encoding="utf-8")
    promised(log, trial()[0], 29.0, "2026-01-01")
    return log


def as_history(frame: pl.DataFrame, frozen: dict[str, pl.Series] | None = None) -> History:
    """A history of usable periods, by hand."""
    whole = frame.with_columns(pl.lit(None, pl.String).alias("reason"))
    return History(whole, RowLedger(), RowLedger(whole.height), (), "", "by hand", frozen=frozen or {})


def promised(log: Log, plan: TrialPlan, proposed: float, day: str) -> str:
    """Write a recommendation of the plant down, from its promise until its trial."""
    line = SettingLine(name="sulfate", tag="S", unit="g/L", now=27.0, proposed=proposed, low=20, high=40, max_step=3)
    money = Money(currency="EUR", expected=60_000.0, low=20_000.0, high=100_000.0)
    record = made_proposal("acid", (line,), plan.promise, created=day, value_per_year=money).identified(
        f"{day.replace('-', '')}T0000Z"
    )
    at = datetime.fromisoformat(day).replace(tzinfo=UTC)
    record_promise(log, record.to_json(), sheet="acid.yaml", at=at, four_eyes=False)
    change_state(log, read_states(log.rows())[record.id], "approved", reason="x", at=at)
    own = plan.model_copy(update={"recommendation": record.id})
    log.append("plan", "acid", record.id, {"text": own.to_json()}, at=at)
    change_state(log, read_states(log.rows())[record.id], "on_trial", reason="x", at=at)
    return record.id


def settled(log: Log, name: str, day: str) -> None:
    at = datetime.fromisoformat(day).replace(tzinfo=UTC)
    verdict = trial()[1].model_copy(update={"recommendation": name})
    log.append("verdict", "acid", name, {"text": verdict.to_json()}, at=at)
    change_state(log, read_states(log.rows())[name], "verified", reason="x", at=at)


def test_the_command_says_what_it_leaves_out_and_the_last_share_holds(
    verified: Log, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    name = next(iter(read_states(verified.rows())))
    settled(verified, name, "2026-02-01")
    [due] = due_months(read_states(verified.rows()).values(), datetime(2026, 6, 2, tzinfo=UTC))
    assert (due.recommendation, due.span) == (name, "2026-02 to 2026-05")
    # without a word of the later one its gain would be credited to this one: 250 % in May
    later = trial()[0].model_copy(update={"start": "2026-04-20T00:00:00Z", "end": "2026-05-10T00:00:00Z"})
    second = promised(verified, later, 31.0, "2026-04-15")
    frame = history({4: 1.5, 5: 2.5}).with_columns(
        pl.when(pl.col("time").dt.month() == 3).then(NOW).otherwise("sulfate").alias("sulfate")
    )
    monkeypatch.setattr("workbench.study.read_history", lambda *_, **__: as_history(frame))
    assert main(["ledger", "decay", name]) == 0
    out = capsys.readouterr().out
    assert " ".join(out.splitlines()[2].split()).endswith("of verified at settings periods")  # `held` reads as a limit's
    assert "- 2026-03 counts neither for nor against the gain, and the share before it holds: the verified settings were" in out
    assert (
        "- From 2026-04 on its months are not estimated again, and the last share before them holds: the trial of"
        f" {second} began on 20 Apr 2026, whose gain is another one.\n"
    ) in out
    assert "New in the ledger: 2026-02, 2026-03." in out
    book = read_ledger(verified.rows())
    held = held_months(read_states(verified.rows())[name].rows)
    assert book.lines[0].share == held["2026-02"]["share"] == pytest.approx(1.0, abs=0.2)
    assert book.lines[0].adherence == 0.0
    assert book.due == ()
    assert [(left.recommendation, left.month) for left in book.left] == [(name, "2026-03")]
    assert main(["ledger"]) == 0
    assert f"- {name}: in 2026-03 the verified settings were held in 0 % of its periods" in capsys.readouterr().out


def test_the_command_says_that_a_later_verdict_ended_the_gain(
    verified: Log, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    name = next(iter(read_states(verified.rows())))
    settled(verified, name, "2026-02-01")
    later = trial()[0].model_copy(update={"start": "2026-04-20T00:00:00Z", "end": "2026-05-10T00:00:00Z"})
    second = promised(verified, later, 31.0, "2026-04-15")  # from 27 g/L, though the first had set 29
    settled(verified, second, "2026-05-12")
    monkeypatch.setattr("workbench.study.read_history", lambda *_, **__: as_history(history({})))
    assert main(["ledger", "decay", name]) == 0
    assert (
        f"- {name}: it earns no more from 12 May 2026 on, when {second} was verified, which did not begin with sulfate as"
        " this one had set it.\n"
    ) in capsys.readouterr().out


@pytest.mark.parametrize(
    ("gains", "says"),
    [
        (
            {3: 0.3, 4: 0.3, 5: 1.0},
            "It is not flagged as fading: that takes the last two months that count, both below what was verified by more than"
            " the errors of both explain.\n",
        ),
        (
            {4: 0.3, 5: 0.3},
            "It fades: the last two months that count, both below what was verified by more than the errors of both"
            " explain, or the plant itself got worse: only new present blocks tell.\n",
        ),
    ],
)
def test_the_command_says_whether_the_gain_fades_now(
    verified: Log,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    gains: dict[int, float],
    says: str,
) -> None:
    name = next(iter(read_states(verified.rows())))
    settled(verified, name, "2026-02-01")
    monkeypatch.setattr("workbench.study.read_history", lambda *_, **__: as_history(history(gains)))
    assert main(["ledger", "decay", name]) == 0
    assert says in capsys.readouterr().out
    assert read_ledger(verified.rows()).lines[0].fading == says.startswith("It fades")


def test_the_command_says_which_month_was_corrected_and_which_stays(
    verified: Log, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    name = next(iter(read_states(verified.rows())))
    settled(verified, name, "2026-02-01")

    def run(frame: pl.DataFrame) -> str:
        monkeypatch.setattr("workbench.study.read_history", lambda *_, **__: as_history(frame))
        assert main(["ledger", "decay", name]) == 0
        return capsys.readouterr().out

    right = history({})
    run(right.with_columns(pl.col("@objective") - 0.5 * (pl.col("time").dt.month() == 5)))
    was = share_text(read_ledger(verified.rows()).lines[0].share)
    assert f"New in the ledger: 2026-05 (again, corrected from {was} of verified). " in run(right)
    assert read_ledger(verified.rows()).lines[0].share == pytest.approx(1.0, abs=0.2)
    assert "New in the ledger: nothing. " in run(right)
    fewer = run(right.filter((pl.col("time").dt.month() != 3) | (pl.col("time").dt.day() > 9)))
    assert "- 2026-03 stays in the ledger as it was estimated from 744 periods: these records hold 528 of them.\n" in fewer
    assert "New in the ledger: nothing. " in fewer
    assert "  Were the others wrong, write their time and why under `exclude` in acid.yaml and ask again.\n" in fewer
    with Path("acid.yaml").open("a", encoding="utf-8") as sheet:
        sheet.write("exclude: [{from: 2026-03-01, to: 2026-03-10, why: the scale stood still}]\n")
    again = run(right.filter((pl.col("time").dt.month() != 3) | (pl.col("time").dt.day() > 9)))
    assert "New in the ledger: 2026-03 (again, without what the sheet excludes: the scale stood still). " in again
    assert "stays in the ledger" not in again
    fewer = run(right.filter((pl.col("time").dt.month() != 3) | (pl.col("time").dt.day() > 11)))
    assert "- 2026-03 stays in the ledger as it was estimated from 528 periods: these records hold 480 of them.\n" in fewer


def test_a_month_above_the_verified_gain_is_shown_as_measured_and_counts_as_all_of_it(
    verified: Log, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    name = next(iter(read_states(verified.rows())))
    settled(verified, name, "2026-02-01")
    monkeypatch.setattr("workbench.study.read_history", lambda *_, **__: as_history(history({5: 2.5})))
    assert main(["ledger", "decay", name]) == 0
    [row] = [line for line in capsys.readouterr().out.splitlines() if line.startswith("2026-05")]
    assert row.endswith("counts as 100 %")
    assert read_ledger(verified.rows()).lines[0].share == pytest.approx(2.5, abs=0.3)


@pytest.mark.parametrize(
    ("was", "now", "says"),
    [
        ("maximize: recovery", "maximize: loss", "its objective is loss [%], promised was recovery [%]: put the sheet back"),
        ('unit: "%"', 'unit: "-"', "its objective is recovery [-], promised was recovery [%]: put the"),
        (
            "maximize",
            "minimize",
            "its objective is to minimize recovery, and plan acid-plan is a trial to maximize it: put the",
        ),
        ("100000", "200000", "a % of gain held for a year is worth 200,000 EUR there, promised was 100,000 EUR: put the sheet"),
    ],
)
def test_a_sheet_that_measures_something_else_writes_no_month(
    verified: Log, capsys: pytest.CaptureFixture[str], was: str, now: str, says: str
) -> None:
    """The same checks as of a verdict: by another objective a month would be a share of a gain that nobody promised."""
    name = next(iter(read_states(verified.rows())))
    settled(verified, name, "2026-02-01")
    assert was in PROMISED
    Path("acid.yaml").write_text(PROMISED.replace(was, now), encoding="utf-8")
    assert main(["ledger", "decay", name]) == 2
    assert says in capsys.readouterr().err
    assert verified.rows(kind="decay") == []


def test_the_ledger_names_what_is_due_with_its_command(verified: Log, capsys: pytest.CaptureFixture[str]) -> None:
    name = next(iter(read_states(verified.rows())))
    settled(verified, name, "2026-02-01")
    assert main(["ledger"]) == 0
    out = capsys.readouterr().out
    assert f"- {name}: its gain in 2026-02 to " in out
    assert f"has not been estimated again: `workbench ledger decay {name}`, with --source FILE where" in out


def test_the_command_says_how_many_periods_a_meter_stood_still(
    verified: Log, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It repeats what it read before from 2 March on: counted, the month would have lost all of its gain, or won."""
    name = next(iter(read_states(verified.rows())))
    settled(verified, name, "2026-02-01")
    month, day = pl.col("time").dt.month(), pl.col("time").dt.day()
    dead = ((month == 3) & (day >= 2) & (day < 12)) | ((month == 4) & (day < 31))
    frame = history({}).with_columns(pl.when(dead).then(70.0).otherwise("@objective").alias("@objective"))
    still = frame.select(dead.alias("recovery")).to_series()
    seen = as_history(frame, {"recovery": still})
    monkeypatch.setattr("workbench.study.read_history", lambda *_, **__: seen)
    assert main(["ledger", "decay", name]) == 0
    out = capsys.readouterr().out
    assert "- 2026-03: 240 periods set aside, as a reading of the objective stood still.\n" in out
    assert (
        "- 2026-04: 720 periods set aside, as a reading of the objective stood still: 0 are left, too few to estimate it"
        " from.\n"
    ) in out
    held = held_months(read_states(verified.rows())[name].rows)
    assert sorted(held) == ["2026-02", "2026-03", "2026-05"]
    assert held["2026-03"]["share"] == pytest.approx(1.0, abs=0.2)
    assert (held["2026-03"]["periods"], held["2026-03"]["frozen"]) == (504, 240)


def test_the_command_corrects_months_held_with_a_meter_that_stood_still(
    verified: Log, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    name = next(iter(read_states(verified.rows())))
    settled(verified, name, "2026-02-01")
    month, day = pl.col("time").dt.month(), pl.col("time").dt.day()
    dead = ((month == 3) & (day >= 2) & (day < 12)) | (month == 4)
    frame = history({}).with_columns(pl.when(dead).then(70.0).otherwise("@objective").alias("@objective"))
    monkeypatch.setattr("workbench.study.read_history", lambda *_, **__: as_history(frame))
    assert main(["ledger", "decay", name]) == 0
    still = frame.select(dead.alias("recovery")).to_series()
    monkeypatch.setattr("workbench.study.read_history", lambda *_, **__: as_history(frame, {"recovery": still}))
    capsys.readouterr()
    assert main(["ledger", "decay", name]) == 0
    out = capsys.readouterr().out
    assert (
        "New in the ledger: 2026-04 (again, see above), 2026-03 (again, without 240 periods in which a reading of the objective"
        " stood still)."
    ) in out
    assert held_months(read_states(verified.rows())[name].rows)["2026-04"]["aside"] == (
        "a reading of the objective stood still in 720 of its periods"
    )
