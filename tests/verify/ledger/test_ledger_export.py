from __future__ import annotations

import errno
import json
import os
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from workbench.errors import InputError
from workbench.show.proof_markdown import portfolio_markdown
from workbench.show.value_table import ledger_text
from workbench.verify.chain import COLUMNS, KEY
from workbench.verify.costs import record_cost
from workbench.verify.ledger import read_ledger, totals
from workbench.verify.ledger_export import export_ledger, import_ledger, read_export
from workbench.verify.log import FORMAT, Log

HEADER = ",".join(COLUMNS).encode() + b"\n"


def test_the_notebook_recomputes_every_figure_with_polars_alone(
    year: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run_notebook: Any
) -> None:
    folder = tmp_path / "export"
    good, fading = (next(s.id for s in read_ledger(year.rows).states if s.plant == plant) for plant in ("acid_1", "acid_2"))
    for plant, days, grade in (("kiln", ("10-01", "10-02"), "D"), ("mill_1", ("10-01",), "C")):
        compared = next(s.id for s in read_ledger(year.rows).states if s.plant == plant)  # the second of them was settled
        for gain, day in zip((0.2, 0.3), days, strict=False):
            money = (gain * 1e6, 0.0, gain * 2e6)
            year.verdict(
                compared, f"2025-{day}", (gain, 0.0, 2 * gain), money, status=None, final=False, grade=grade, plan=None
            )
    year.decay(good, "2025-06", 0.7, False, "2025-08-01")
    year.decay(good, "2025-05", 0.9, False, "2025-08-01")  # an earlier one again, from more records
    year.decay(good, "2025-09", 1.6, False, "2025-10-02")  # more than was verified
    year.decay(fading, "2025-07", 1.2, False, "2025-08-02", aside="the settings were not held", adherence=0.2)
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    month = (today.replace(day=1) + timedelta(days=32)).replace(day=1)  # the next one, known already: a rehearsal
    ahead = year.promise("mixer", "2025-01-10")
    year.start(ahead, "2025-01-20")
    year.verdict(ahead, f"{today:%Y-%m-%d}", (0.5, 0.25, 0.75), (1e6, 0.5e6, 1.5e6))
    year.cost("mixer", "trial", 100_000.0, f"{today:%Y-%m-%d}", recommendation=ahead)  # 36.5 days of the whole gain
    year.decay(ahead, f"{month:%Y-%m}", 0.5, True, f"{today:%Y-%m-%d}")
    lopsided = year.promise("dryer", "2025-01-10")
    year.start(lopsided, "2025-01-20")
    year.verdict(lopsided, "2025-04-01", (0.5, 0.3, 0.9), (2.0e6, 1.0e6, 5.0e6), level=0.96)
    export_ledger(year.log, folder)
    names = run_notebook(folder, monkeypatch)
    assert set(names["checked"]) == {"lines", "totals", "scores"}
    assert max(names["checked"].values()) <= 1e-9
    ledger = read_ledger(year.rows, datetime.fromisoformat(json.loads((folder / "about.json").read_text())["at"]))
    again = {(r["group"], r["key"], r["currency"]): r for r in names["totals"].iter_rows(named=True)}
    for total in ledger.totals:  # and once more from the memory of this process, not from the exported tables
        ours = again["all", "all", total.currency]
        for figure in (
            "promised",
            "measured",
            "value_now",
            "earned",
            "earned_low",
            "earned_high",
            "cost",
            "net",
            "probability",
        ):
            assert ours[figure] == pytest.approx(getattr(total, figure), rel=1e-9)
    [payback] = names["lines"].filter(pl.col("recommendation") == ahead)["payback"]
    assert payback == pytest.approx(((month - today).days + (36.5 - (month - today).days) / 0.5) * 12 / 365)
    compared = set(pl.read_parquet(folder / "lines.parquet").columns) & set(names["lines"].columns)
    assert {"earned", "earned_sd", "net", "probability", "payback", "fading", "state", "settled", "since", "until"} <= compared


def test_the_notebook_stops_at_a_changed_figure_or_row(
    year: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run_notebook: Any
) -> None:
    export_ledger(year.log, tmp_path / "one")
    lines = pl.read_parquet(tmp_path / "one" / "lines.parquet")
    lines.with_columns(pl.col("earned") * (1 + 1e-6)).write_parquet(tmp_path / "one" / "lines.parquet")
    with pytest.raises(AssertionError, match="lines: a figure differs"):
        run_notebook(tmp_path / "one", monkeypatch)
    export_ledger(year.log, tmp_path / "two")
    log = pl.read_parquet(tmp_path / "two" / "log.parquet")
    actor = pl.when(pl.col("seq") == 3).then(pl.lit("Eve")).otherwise("actor").alias("actor")
    log.with_columns(actor).write_parquet(tmp_path / "two" / "log.parquet")
    with pytest.raises(AssertionError, match="row 3 was changed"):
        run_notebook(tmp_path / "two", monkeypatch)


def test_the_notebook_of_an_almost_empty_ledger_runs(
    book: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run_notebook: Any
) -> None:
    book.promise("acid_1", "2025-01-10")
    export_ledger(book.log, tmp_path / "export")
    assert run_notebook(tmp_path / "export", monkeypatch)["lines"]["state"].to_list() == ["proposed"]


def test_changing_one_past_row_is_detected(year: Any) -> None:
    connection = sqlite3.connect(year.log.path)
    connection.execute("DROP TRIGGER log_no_update")
    connection.execute("UPDATE log SET payload_json = replace(payload_json, '120000.0', '12000.0') WHERE kind = 'cost'")
    connection.commit()
    connection.close()
    faults = year.log.check()
    [row] = [r for r in year.rows if r.kind == "cost" and r.payload["amount"] == 12_000.0]
    assert any(f.startswith(f"row {row.seq} (cost, acid_1, 2025-03-31) was changed") for f in faults)


@pytest.mark.parametrize("kept", ["parquet", "csv"])
def test_export_and_import_lose_nothing(year: Any, tmp_path: Path, kept: str) -> None:
    year.log.append("review", "kiln", None, {"note": 'a "quoted"; field,\nwith\ttwo lines and größer'}, actor="Bo, Ann")
    folder, other = tmp_path / "export", tmp_path / "other"
    export_ledger(year.log, folder)
    first = (folder / "log.csv").read_bytes()
    (folder / f"log.{'csv' if kept == 'parquet' else 'parquet'}").unlink()
    other.mkdir()
    log = import_ledger(folder, other)
    assert log.rows() == year.rows
    assert log.check() == ()
    export_ledger(log, tmp_path / "again")
    assert (tmp_path / "again" / "log.csv").read_bytes() == first
    assert log.append("cost", "kiln", None, {"amount": 1.0}).seq == len(year.rows) + 1


def test_a_ledger_that_holds_undecoded_text_is_exported(
    year: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run_notebook: Any
) -> None:
    monkeypatch.setattr("workbench.verify.log._cleaned", lambda payload: payload)  # a row as an older version wrote it
    said = {"category": "licence", "amount": 100.0, "currency": "EUR", "note": "caf\udce9", "provider": "Ren\udce9"}
    year.log.append("cost", "mill_1", None, said)
    export_ledger(year.log, tmp_path / "export")
    [cost] = pl.read_csv(tmp_path / "export" / "costs.csv").filter(pl.col("note").str.starts_with("caf")).to_dicts()
    assert (cost["note"], cost["provider"], cost["amount"]) == ("caf?", "Ren?", 100.0)
    assert max(run_notebook(tmp_path / "export", monkeypatch)["checked"].values()) <= 1e-9
    record_cost(year.log, "mill_1", "licence", -100.0, "EUR", provider="Ren\udce9")  # and can be taken back as it was typed


def test_a_ledger_that_holds_a_boundless_cost_is_read_and_exported(
    year: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run_notebook: Any
) -> None:
    before = read_ledger(year.rows).totals
    name = read_ledger(year.rows).states[0].id
    said = {"category": "trial", "amount": 1e308, "currency": "CNY", "note": "zeros", "provider": None}
    for _ in range(2):  # as an older version wrote them
        year.log.append("cost", "acid_1", name, said)
    ledger = read_ledger(year.rows)
    assert [total.cost for total in ledger.totals] == [total.cost for total in before]
    sentence = "its 1e+308 CNY do not count, being beyond 1e+15: zeros"
    assert [cost.note for cost in ledger.costs if not cost.amount] == [sentence] * 2
    for text in (ledger_text(ledger), portfolio_markdown(ledger).replace("\\", "")):
        assert f"row {year.rows[-1].seq}, a cost of acid_1: {sentence}" in text
    export_ledger(year.log, tmp_path / "export")
    assert max(run_notebook(tmp_path / "export", monkeypatch)["checked"].values()) <= 1e-9
    record_cost(year.log, "acid_1", "trial", 5.0, "CNY", recommendation=name)
    record_cost(year.log, "acid_1", "trial", -5.0, "CNY", recommendation=name)


def test_a_signed_log_travels_too(book: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY, "secret")
    book.promise("acid_1", "2025-01-10")
    export_ledger(book.log, tmp_path / "export")
    (tmp_path / "other").mkdir()
    monkeypatch.setenv(KEY, "guess")
    with pytest.raises(InputError, match=r"cannot be imported: row 1 .* was changed .* or WORKBENCH_LEDGER_KEY is not the key"):
        import_ledger(tmp_path / "export", tmp_path / "other")
    monkeypatch.setenv(KEY, "secret")
    assert import_ledger(tmp_path / "export", tmp_path / "other").rows() == book.rows


def test_only_an_empty_ledger_takes_an_import(year: Any, tmp_path: Path) -> None:
    export_ledger(year.log, tmp_path / "export")
    with pytest.raises(InputError, match=r"holds \d+ rows already: import into a store of its own"):
        import_ledger(tmp_path / "export", year.log.path.parent)


@pytest.mark.parametrize(
    ("file", "content", "sentence"),
    [
        ("about.json", b"{bad", "about.json is damaged, being no JSON: export the ledger again"),
        ("about.json", b"\xff\xfe", "about.json is damaged, being no JSON"),
        ("about.json", b"[]", "about.json is damaged, naming no format of an export"),
        ("about.json", b'{"format":"2"}', "about.json is damaged, naming no format of an export"),
        ("log.parquet", b"junk", "log.parquet is damaged, and cannot be read as the log of a ledger: export the ledger again"),
        ("log.parquet", b"", "log.parquet is damaged, and cannot be read"),
        ("log.csv", b"x\n1\n", "log.csv is no log of a ledger: its columns are not seq, time_utc"),
        ("log.csv", b"a,b,c,d,e,f,g,h,i,j\n1,2,3,4,5,6,7,8,9,10\n", "log.csv is no log of a ledger"),
        ("log.csv", b"", "log.csv is damaged, and cannot be read"),
        ("log.csv", HEADER + b"1,2\n1,2,3,4,5,6,7,8,9,10,11\n", "log.csv is damaged, and cannot be read"),
        ("log.csv", HEADER + b"one,t,cost,p,,a,b,{},0,0\n", "log.csv is damaged, and cannot be read"),
        ("log.csv", HEADER + b"1,t,cost,p,,a,\xff,{},0,0\n", "log.csv is damaged, and cannot be read"),
        (
            "log.csv",
            HEADER + b"1,t,cost,p,,a,b,{},0,\n",
            "log.csv is damaged, with rows that lack hash: export the ledger again",
        ),
    ],
)
def test_a_damaged_export_is_one_sentence(year: Any, tmp_path: Path, file: str, content: bytes, sentence: str) -> None:
    export_ledger(year.log, tmp_path / "export")
    if file == "log.csv":
        (tmp_path / "export" / "log.parquet").unlink()
    (tmp_path / "export" / file).write_bytes(content)
    with pytest.raises(InputError) as refused:
        read_export(tmp_path / "export")
    assert str(refused.value).startswith(f"{tmp_path / 'export'}{os.sep}{sentence}")


@pytest.mark.parametrize("kept", [0.1, 0.5, 0.9, 0.999])
def test_a_cut_parquet_is_one_sentence(year: Any, tmp_path: Path, kept: float) -> None:
    export_ledger(year.log, tmp_path / "export")
    log = tmp_path / "export" / "log.parquet"
    log.write_bytes(log.read_bytes()[: int(log.stat().st_size * kept)])
    with pytest.raises(InputError, match=r"log\.parquet is damaged"):
        read_export(tmp_path / "export")


FLIPPED = """
import sys
from pathlib import Path
from workbench.errors import InputError
from workbench.verify.ledger_export import read_export
folder = Path(sys.argv[1])
log = folder / "log.parquet"
content = log.read_bytes()
for place in map(int, sys.argv[2:]):
    log.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
    try:
        read_export(folder)
    except InputError as error:
        print(error)
"""


@pytest.mark.parametrize("says_digest", [True, False], ids=["as exported", "by an older workbench"])
def test_a_flipped_byte_is_one_sentence(year: Any, tmp_path: Path, says_digest: bool) -> None:
    """Some of them end the process that reads the file, so that another one reads it here."""
    folder = tmp_path / "export"
    export_ledger(year.log, folder)
    about = json.loads((folder / "about.json").read_text())
    if not says_digest:
        (folder / "about.json").write_text(json.dumps({key: about[key] for key in about if key != "log_sha256"}))
    size = (folder / "log.parquet").stat().st_size
    header = 102  # a length in the header of the first column's data page: polars 2.1 aborts
    places = [header, *range(4, size, 41)] if says_digest else [header]
    asked = [sys.executable, "-c", FLIPPED, str(folder), *map(str, places)]
    done = subprocess.run(asked, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-500:]
    sentence = f"{folder / 'log.parquet'} is damaged, and cannot be read as the log of a ledger: export the ledger again"
    assert done.stdout.splitlines() == [sentence] * len(places)


def test_an_export_of_an_older_workbench_is_read(year: Any, tmp_path: Path) -> None:
    export_ledger(year.log, tmp_path / "export")
    (tmp_path / "export" / "about.json").unlink()
    assert read_export(tmp_path / "export") == year.rows


def test_a_folder_in_the_place_of_a_file_is_refused_before_anything_is_written(year: Any, tmp_path: Path) -> None:
    for name in ("log.csv", "about.json"):
        (tmp_path / name / name).mkdir(parents=True)
        with pytest.raises(InputError, match=f"{name} is a folder, and a file of the export goes there: move it away, or name"):
            export_ledger(year.log, tmp_path / name)
        assert [path.name for path in (tmp_path / name).iterdir()] == [name]


@pytest.mark.parametrize(
    "stop", [OSError(errno.ENOSPC, "No space left on device"), KeyboardInterrupt()], ids=["full", "ctrl-c"]
)
@pytest.mark.parametrize("name", ["log.csv", "totals.parquet", "recompute.ipynb"])
def test_an_export_that_was_stopped_leaves_what_was_there(
    year: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stop: BaseException, name: str
) -> None:
    write, write_bytes, folder = Path.write_text, Path.write_bytes, tmp_path / "export"

    def stopped(self: Path, content: str, **more: str) -> int:
        if name in self.name:
            raise stop
        return write(self, content, **more)

    def stopped_bytes(self: Path, content: bytes) -> int:
        if name in self.name:
            raise stop
        return write_bytes(self, content)

    for number, before in enumerate(([], year.rows)):
        with monkeypatch.context() as patched:
            patched.setattr(Path, "write_text", stopped)
            patched.setattr(Path, "write_bytes", stopped_bytes)
            with pytest.raises((InputError, KeyboardInterrupt), match=r"the disk is full|^$"):
                export_ledger(year.log, folder)
        assert len(list(folder.iterdir())) == 14 * number
        if before:
            assert read_export(folder) == before
        export_ledger(year.log, folder)
        year.cost("mill_1", "trial", 1.0, "2025-12-01")


@pytest.mark.parametrize("renamed", range(14))
def test_an_export_killed_between_two_files_is_none(
    year: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, renamed: int
) -> None:
    export_ledger(year.log, tmp_path / "export")
    before, left = year.rows, [renamed]
    year.cost("mill_1", "trial", 1.0, "2025-12-01")
    replace = Path.replace

    def killed(self: Path, target: Path) -> Path:
        if not left[0]:
            raise SystemExit
        left[0] -= 1
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", killed)
    with pytest.raises(SystemExit):
        export_ledger(year.log, tmp_path / "export")
    if renamed == 1:  # about.json, and not yet the log
        with pytest.raises(InputError, match=r"log\.parquet is damaged"):
            read_export(tmp_path / "export")
    else:
        assert read_export(tmp_path / "export") == (year.rows if renamed else before)


def test_a_log_that_lacks_its_end_is_damaged(year: Any, tmp_path: Path) -> None:
    export_ledger(year.log, tmp_path / "export")
    (tmp_path / "export" / "log.parquet").unlink()
    log = tmp_path / "export" / "log.csv"
    log.write_text("".join(log.read_text().splitlines(keepends=True)[:-2]))
    with pytest.raises(InputError, match=r"log\.csv is damaged, with \d+ of \d+ rows: export the ledger again"):
        read_export(tmp_path / "export")


def test_what_is_no_export_is_refused(year: Any, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    with pytest.raises(InputError, match="there is no export of a ledger in"):
        import_ledger(tmp_path / "nowhere", tmp_path / "other")
    export_ledger(year.log, tmp_path / "export")
    about = tmp_path / "export" / "about.json"
    about.write_text(about.read_text().replace(f'"format": {FORMAT}', f'"format": {FORMAT + 1}'))
    with pytest.raises(InputError, match="written by a newer workbench"):
        import_ledger(tmp_path / "export", tmp_path / "other")
    about.unlink()
    pl.read_parquet(tmp_path / "export" / "lines.parquet").write_parquet(tmp_path / "export" / "log.parquet")
    with pytest.raises(InputError, match="is no log of a ledger"):
        import_ledger(tmp_path / "export", tmp_path / "other")
    assert Log.find(tmp_path / "other") is None


def test_the_notebook_says_the_same_of_odd_lines(
    book: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run_notebook: Any
) -> None:
    def proved(plant: str, money: tuple[float, float, float]) -> str:
        name = book.promise(plant, "2025-01-10")
        book.start(name, "2025-01-20")
        book.verdict(name, "2025-04-01", (0.4, 0.2, 0.6), money)
        return name

    late = proved("acid_1", (900.0, 450.0, 1350.0))  # would have paid back in a thousand years and more
    book.cost("acid_1", "downtime", 1_000_000.0, "2025-03-01", recommendation=late)
    costly = proved("acid_3", (1e5, 5e4, 15e4))  # half of the gain is left, and none of the value beside the running costs
    book.decay(costly, "2025-05", 0.5, True, "2025-06-02", worth=-0.25)
    lost = proved("acid_2", (-5e4, -9e4, -1e4))  # earns less than nothing, and cost nothing
    abroad = proved("mill_1", (1e6, 5e5, 15e5))
    book.cost("mill_1", "licence", 9_000_000.0, "2025-03-01", currency="EUR", recommendation=abroad)
    back = proved("mill_2", (1e6, 5e5, 15e5))  # a cost abroad that was taken back
    book.cost("mill_2", "licence", 70.0, "2025-03-01", currency="EUR", recommendation=back)
    book.cost("mill_2", "licence", -70.0, "2025-03-02", currency="EUR", recommendation=back)
    book.cost("mill_2", "hours", 500.0, "2091-01-01")  # by a clock that was ahead
    book.cost("mill_2", "hours", 7.0, "2025-06-01")
    tiny = proved("mill_3", (0.1, 0.05, 0.15))  # what it earned reads as 0
    found = {line.recommendation: line for line in read_ledger(book.rows).lines}
    assert [found[name].payback for name in (late, lost, abroad, back, tiny)] == [None, None, None, 0.0, None]
    assert found[tiny].probability is None
    assert {t.key: t.probability for t in totals(found.values(), [], "plant")}["mill_3"] is None
    assert found[abroad].probability is None
    assert (found[costly].share, found[costly].value_now) == (0.5, pytest.approx(-2.5e4))
    assert found[back].probability == pytest.approx(1.0, abs=0.01)
    assert {t.currency: t.cost for t in read_ledger(book.rows).totals} == {"CNY": 1_000_507.0, "EUR": 9_000_000.0}
    assert abs(read_ledger(book.rows).at - datetime.now(UTC)) < timedelta(hours=1)  # earned until today, not until 2091
    export_ledger(book.log, tmp_path / "export")
    assert max(run_notebook(tmp_path / "export", monkeypatch)["checked"].values()) <= 1e-9
