from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from workbench.cli import main
from workbench.track import Store
from workbench.verify.log import Log


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Store.open(create=True, folder=tmp_path_factory.mktemp("made") / "mlruns").folder


@pytest.fixture
def here(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    import shutil

    shutil.copytree(made, tmp_path / "mlruns")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("WORKBENCH_STORE", raising=False)
    return tmp_path


def said(capsys: pytest.CaptureFixture[str], typed: str, code: int = 0) -> str:
    assert main(typed.split()) == code
    captured = capsys.readouterr()
    return captured.out if code == 0 else captured.err


def test_an_empty_ledger_says_so(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert said(capsys, "ledger") == f"Store: {here / 'mlruns'}\n\nNothing has been promised, and nothing was put in yet.\n"
    assert "Nobody has promised anything yet." in said(capsys, "ledger scores")
    assert "There is no ledger yet" in said(capsys, "ledger check")
    assert not (here / "mlruns" / "ledger.db").exists()


def test_a_cost_is_a_row(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = said(capsys, "ledger cost phosphoric_acid licence 1,300,000 CNY --note advice --provider ACME --by Ann")
    assert out == f"Row 1 of the ledger in {here / 'mlruns'}: licence 1,300,000 CNY for phosphoric_acid\n"
    said(capsys, "ledger cost phosphoric_acid licence -300000 CNY --provider ACME")
    [first, _] = Log.open(here / "mlruns").rows()
    assert (first.actor, first.payload["provider"], first.payload["note"]) == ("Ann", "ACME", "advice")
    [total] = [line for line in said(capsys, "ledger").splitlines() if line.startswith("CNY")]
    assert total.split() == ["CNY", "0", "of", "0", "-", "-", "0", "-", "1,000,000", "-1,000,000", "0", "%"]
    assert "ACME" in said(capsys, "ledger scores")
    assert "2 rows, none of them signed with a key" in said(capsys, "ledger check")


@pytest.mark.parametrize(
    ("typed", "understood"),
    [
        ("1250", "1,250"),
        ("1,250", "1,250"),
        ("12,000.50", "12,000.5"),
        ("1,234,567.89", "1,234,567.89"),
        ("12.0000", "12"),
        ("0.350", "0.35"),
    ],
)
def test_an_amount_is_said_as_understood(here: Path, capsys: pytest.CaptureFixture[str], typed: str, understood: str) -> None:
    out = said(capsys, f"ledger cost phosphoric_acid trial {typed} EUR")
    assert out.endswith(f": trial {understood} EUR for phosphoric_acid\n")
    [row] = Log.open(here / "mlruns").rows()
    assert row.payload["amount"] == float(understood.replace(",", ""))


@pytest.mark.parametrize(("typed", "plain"), [("12.000", "12000"), ("1.250", "1250"), ("999.999", "999999")])
def test_a_point_that_may_part_thousands_is_refused(
    here: Path, capsys: pytest.CaptureFixture[str], typed: str, plain: str
) -> None:
    err = said(capsys, f"ledger cost phosphoric_acid trial {typed} EUR", code=2)
    assert f"'{typed}' may be {plain} or {float(typed):g}: write {plain} or {typed}0" in err
    assert Log.find(here / "mlruns") is None


@pytest.mark.parametrize(
    "typed", ["1.000,50", "12,50", "1,2,3", "0,800", "1,2345", "12,0000.5", ",250", "1,250,", "1,000e3", "12_50", "-12,50"]
)
def test_a_comma_that_parts_no_thousands_is_refused(here: Path, capsys: pytest.CaptureFixture[str], typed: str) -> None:
    for command in (
        f"ledger cost phosphoric_acid trial {typed} EUR",
        f"ledger promise phosphoric_acid --provider ACME --move temperature 70 74 --gain {typed}",
    ):
        err = said(capsys, command, code=2)
        assert f"'{typed}' is not an amount: the decimal mark is a point, and a comma parts groups of three digits alone" in err
        assert err.count("\n") == 1
    assert Log.find(here / "mlruns") is None


def test_what_the_terminal_could_not_decode_leaves_the_ledger_whole(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said(capsys, "ledger cost phosphoric_acid licence 100 EUR --note caf\udce9 --provider Ren\udce9")
    assert "Wrote 14 files to out" in said(capsys, "ledger export out")
    assert pl.read_csv("out/costs.csv").select("note", "provider").row(0) == ("caf?", "Ren?")
    out = said(
        capsys, "ledger promise phosphoric_acid --provider Ren\udce9 --what caf\udce9 --move free_sulfate 2.6 2.7 --gain 0.1"
    )
    assert "Ren? promises" in out
    said(capsys, "ledger export out")


def test_a_wrong_cost_is_taken_back_as_it_was_typed(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for typed in ("1,250", "-1,250"):
        said(capsys, f"ledger cost phosphoric_acid licence {typed} EUR --provider ACME")
    assert [row.payload["amount"] for row in Log.open(here / "mlruns").rows()] == [1250.0, -1250.0]


def test_no_more_is_taken_back_than_was_written(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said(capsys, "ledger cost phosphoric_acid licence 1000 EUR --provider ACME")
    err = said(capsys, "ledger cost phosphoric_acid licence -1200.50 EUR --provider ACME", code=2)
    assert err == (
        "workbench: 1,200.5 EUR cannot be taken back: the costs written for phosphoric_acid and provider ACME come to"
        " 1,000 EUR; name recommendation, --provider and currency of the cost to be taken back\n"
    )
    assert len(Log.open(here / "mlruns").rows()) == 1


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("ledger --by provder", "--by 'provder' is no grouping (did you mean 'provider'?)"),
        ("ledger cost phosphoric_acid licenses 1 EUR", "(did you mean 'licence'?)"),
        ("ledger cost phosphoric_acit licence 1 EUR", "(did you mean 'phosphoric_acid'?)"),
        ("ledger cost phosphoric_acid licence lots EUR", "'lots' is not an amount"),
        ("ledger cost phosphoric_acid trial 1e308 CNY", "a cost of 1e+308 is beyond 1e+15"),
        ("ledger decay 3fa9c1", "there is no recommendation '3fa9c1'"),
        ("ledger export out", "there is no ledger at"),
        ("ledger backup out.bak", "there is no ledger at"),
        ("ledger restore out.bak", "there is no file out.bak"),
        ("ledger import out", "there is no export of a ledger in out"),
    ],
)
def test_mistakes_are_one_sentence(here: Path, capsys: pytest.CaptureFixture[str], typed: str, sentence: str) -> None:
    err = said(capsys, typed, code=2)
    assert sentence in err
    assert err.count("\n") == 1
    assert [path.name for path in here.iterdir()] == ["mlruns"]


def test_a_refused_cost_makes_no_store(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("WORKBENCH_STORE", raising=False)
    assert "neither a recommendation nor a plant" in said(capsys, "ledger cost nobody licence 1 EUR", code=2)
    assert not list(tmp_path.iterdir())


def test_export_backup_restore_and_import(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    said(capsys, "ledger cost phosphoric_acid hours 100 EUR")
    assert "the folder /proc/none cannot be made or written (" in said(capsys, "ledger export /proc/none", code=2)
    assert "Wrote 14 files to out" in said(capsys, "ledger export out")
    assert pl.read_csv("out/costs.csv")["amount"].to_list() == [100.0]
    assert "Wrote ledger.bak: 1 row, the chain is whole." in said(capsys, "ledger backup ledger.bak")
    said(capsys, "ledger cost phosphoric_acid hours 50 EUR")
    rows = Log.open(here / "mlruns").rows()
    out = said(capsys, "ledger restore ledger.bak")
    assert out.startswith(f"{here / 'mlruns' / 'ledger.db'} holds 1 row.\nThe ledger before held 1 row that the backup lacks")
    assert Log.open(here / "mlruns").rows() == rows[:1]
    monkeypatch.setenv("WORKBENCH_STORE", str(here / "other"))
    assert "holds 1 row, as" in said(capsys, "ledger import out")
    assert Log.open(here / "other").rows() == rows[:1]
