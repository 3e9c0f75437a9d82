"""Sheets from files and names; every sentence about a key names file, line and dotted key."""

# ruff: noqa: E501  (tables: one case a line)
from __future__ import annotations

import hashlib
import pickle
from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from workbench.errors import InputError
from workbench.plant import Sheet, library, load_sheet, read_sheet


def test_the_sheet_of_the_design_is_read_as_written(acid_text, tmp_path):
    path = tmp_path / "acid_line_1.yaml"
    path.write_text(acid_text, encoding="utf-8")
    sheet = load_sheet(path)
    assert (sheet.name, sheet.title, sheet.path) == ("acid_line_1", "Phosphoric acid, line 1", ("Site", "Area", "Line 1"))
    assert (sheet.timezone, sheet.currency, sheet.hours_per_year) == ("Asia/Shanghai", "CNY", 7920.0)
    assert (sheet.period, sheet.batch, sheet.day_starts) == (timedelta(hours=4), None, time(0, 0))
    assert sheet.running is not None
    assert sheet.running.text == "rock_feed > 20"
    (exclusion,) = sheet.exclude
    assert (exclusion.from_, exclusion.to) == (datetime(2025, 2, 28, 16, tzinfo=UTC), datetime(2025, 3, 8, 16, tzinfo=UTC))
    assert exclusion.why == "pump repair"
    setting = sheet.settings["free_sulfate"]
    assert (setting.name, setting.tag, setting.measured, setting.unit) == ("free_sulfate", "AIC101.SP", "AIC101.PV", "g/L")
    assert (setting.low, setting.high, setting.max_step, setting.base) == (20.0, 40.0, 3.0, 27.0)
    assert (setting.max_rate, setting.integer) == ("0.5 per 4h", False)
    assert sheet.settings["mode"].choices == ("strip", "keep", "family")
    assert sheet.settings["mode"].is_categorical
    assert sheet.conditions["rock_p2o5"].known_after == timedelta(hours=12)
    assert sheet.conditions["acid"].tag == "acid"
    recovery = sheet.outcomes["recovery"]
    assert (recovery.delay, recovery.covers, recovery.lag) == (timedelta(hours=4), timedelta(hours=8), None)
    assert (recovery.aggregate, recovery.stamp, recovery.max_gap) == ("time-weighted", "instant", None)
    assert (sheet.outcomes["cake_loss"].low, sheet.outcomes["cake_loss"].high) == (None, 0.6)
    assert list(sheet.variables) == [*sheet.settings, *sheet.conditions, *sheet.outcomes]
    (effect,) = sheet.effects
    assert (effect.setting, effect.outcome, effect.direction) == ("free_sulfate", "cake_loss", "down")
    objective = sheet.objective
    assert (objective.text, objective.maximize, objective.unit, objective.value_per_unit) == ("recovery", True, "%", 5e6)
    assert objective.money_per_hour is None
    assert sheet.value_per_unit_year == 5e6
    assert [(cost.formula.text, cost.unit) for cost in objective.costs] == [("330*acid", "CNY/h")]
    (limit,) = sheet.limits
    assert (limit.name, limit.formula.text, limit.low, limit.high, limit.unit) == (
        "wash_ratio",
        "wash_water - 1.2*cake",
        None,
        0.0,
        "t/h",
    )
    assert sheet.model.kind == "surrogate"
    assert sheet.source is not None
    assert (sheet.source.kind, sheet.source.file) == ("file", "history.csv")
    assert (sheet.recent, sheet.four_eyes, sheet.findings) == (None, True, ())
    assert (sheet.file, sheet.sha256) == (path, hashlib.sha256(path.read_bytes()).hexdigest())


def test_a_sheet_is_frozen(sheet_with):
    sheet = sheet_with()
    with pytest.raises(ValueError, match="frozen"):
        sheet.name = "other"


def test_a_sheet_survives_pickle(sheet_with):
    sheet = sheet_with()
    again = pickle.loads(pickle.dumps(sheet))
    assert again == sheet
    assert again.sha256 == sheet.sha256


def test_bundled_sheets_are_found_by_name():
    for name, path in library().items():
        sheet = load_sheet(name)
        assert (sheet.name, sheet.file) == (name, path)


def test_a_bundled_sheet_dropped_into_the_library_is_found(tmp_path, monkeypatch, acid_text):
    monkeypatch.setattr("workbench.plant.load._LIBRARY", tmp_path)
    (tmp_path / "acid_line_1.yaml").write_text(acid_text, encoding="utf-8")
    assert list(library()) == ["acid_line_1"]
    assert load_sheet("acid_line_1").name == "acid_line_1"
    with pytest.raises(InputError) as caught:
        load_sheet("acid_line_2")
    assert str(caught.value) == (
        "there is no plant 'acid_line_2' (did you mean 'acid_line_1'?), the bundled plants are acid_line_1; "
        "a sheet is named by its path, such as acid_line_2.yaml"
    )


def test_files_that_cannot_be_read_are_said(tmp_path):
    def sentence(path: object) -> str:
        with pytest.raises(InputError) as caught:
            load_sheet(path)  # type: ignore[arg-type]
        assert caught.value.exit_code == 2
        return str(caught.value)

    (tmp_path / "plant.yaml").write_text("name: x", encoding="utf-8")
    assert sentence(tmp_path / "plnt.yaml") == f"there is no file {tmp_path / 'plnt.yaml'} (did you mean 'plant.yaml'?)"
    assert sentence(tmp_path) == f"{tmp_path} is a folder: name the sheet in it, such as {tmp_path / 'plant.yaml'}"
    (tmp_path / "utf16.yaml").write_text("name: x", encoding="utf-16")
    assert sentence(tmp_path / "utf16.yaml") == "utf16.yaml: is not UTF-8 text; save it as UTF-8"
    (tmp_path / "empty.yaml").write_text("", encoding="utf-8")
    assert sentence(tmp_path / "empty.yaml") == "empty.yaml: is empty; `workbench new NAME` writes a sheet to start from"
    (tmp_path / "history.csv").write_text("time,tag,value\n", encoding="utf-8")
    records = tmp_path / "history.csv"
    assert sentence(records) == (
        f"{records} is a file of records, where a plant sheet is asked for: `workbench new NAME --from {records}` starts a sheet"
        " of it"
    )
    records.write_bytes("Temp [°C];1,5".encode("cp1252"))  # whatever its letters are
    assert "is a file of records" in sentence(records)
    (tmp_path / "big.yaml").write_bytes(b"#" * 2_000_001)
    assert (
        sentence(tmp_path / "big.yaml")
        == f"{tmp_path / 'big.yaml'} has 2,000,001 bytes, a plant sheet at most 2,000,000: is it data?"
    )
    assert sentence("no_such_plant").startswith("there is no plant 'no_such_plant'")
    assert sentence(str(tmp_path / "a\0b.yaml")).endswith(
        "cannot be read: its name holds a character that no file name can have"
    )


FAULTS = [
    # keys
    (("max_step: 3 ", "max_stp: 3 "), "line 18, settings.free_sulfate.max_stp: unknown key (did you mean 'max_step'?)"),
    (("settings:", "setings:"), "line 11, setings: unknown key (did you mean 'settings'?)"),
    (("objective:", "objektive:"), "line 35, objektive: unknown key (did you mean 'objective'?)"),
    (("why:", "wy:"), "line 10, exclude[0].wy: unknown key (did you mean 'why'?)"),
    (("outcomes:", "outcome:"), "line 30, outcome: unknown key (did you mean 'outcomes'?)"),
    (("{file: history.csv}", "{file: 'mysql:/u:secret@h'}"), "line 43, source.file: must be the path of a file: addresses and passwords stay out of sheets"),
    (("delay: 4h", "dely: 4h"), "line 31, outcomes.recovery.dely: unknown key (did you mean 'delay'?)"),
    (("known_after: 12h", "max_step: 3"), "line 24, conditions.rock_p2o5.max_step: unknown key: it belongs to a setting"),
    (("recovery: {tag", "recovery: {name: x, tag"), "line 31, outcomes.recovery.name: unknown key: the variable's name is the key above it"),
    (("{file: history.csv}", "{fle: x}"), "line 43, source.fle: unknown key (did you mean 'file'?)"),
    (("hours_per_year", "name: b\nhours_per_year"), "line 6, name: is given twice (first in line 1); remove one"),
    # shapes
    (("{file: history.csv}", "history.csv"), "line 43, source: needs keys and values below it, not 'history.csv'"),
    (("path: [Site, Area, Line 1]", "path: Site"), "line 3, path: needs a list, not 'Site'"),
    (("rock_feed: {unit: t/h}", "rock_feed: 5"), "line 26, conditions.rock_feed: needs keys and values below it, not '5'"),
    (("title: Phosphoric acid, line 1", "title: [a]"), "line 2, title: needs one text, not a list"),
    (("[{formula: \"330*acid\", unit: CNY/h}]", "330"), "line 39, objective.costs: needs a list"),
    # names
    (("name: acid_line_1", "name: acid line"), "line 1, name: 'acid line' is not a name: use ASCII letters, digits and _ (such as 'acid_line')"),
    (("name: acid_line_1", "name: " + "p" * 201), f"line 1, name: '{'p' * 57}...' is too long for a name: 201 characters, of 200 at most"),
    (("cake: {", "c" * 250 + ": {"), f"line 29, conditions.{'c' * 250}: '{'c' * 57}...' is too long for a name: 250 characters, of 200 at most"),
    (("name: acid_line_1", "name: 水"), "line 1, name: '水' is not a name: use ASCII letters, digits and _"),
    (("name: acid_line_1", "name:"), "line 1, name: is missing: a sheet starts with its name, such as name: acid_line_1"),
    (("cake: {", "rock cake: {"), "line 29, conditions.rock cake: 'rock cake' is not a name: use ASCII letters, digits and _ (such as 'rock_cake')"),
    (("cake: {", "min: {"), "line 29, conditions.min: 'min' is a word of formulas: choose another name"),
    (("cake: {", "if: {"), "line 29, conditions.if: 'if' is a word of formulas: choose another name"),
    (("cake: {", "time: {"), "line 29, conditions.time: 'time' is a column of the history or of a trial: choose another name, such as 'time_value'"),
    (("high: 0.6}", "high: 0.6}\n  acid: {}"), "line 33, outcomes.acid: 'acid' is the name of one of the conditions too: a name stands once"),
    # times
    (("period: 4h", "period: 4"), "line 7, period: '4' is a duration without its unit: write for instance 4h"),
    (("period: 4h", "period: 0"), "line 7, period: '0' must be above 0 and at most a year"),
    (("period: 4h", "batch: B\nperiod: 4h"), "line 7, batch: stands beside period: a plant runs in periods or in batches, remove one"),
    (("period: 4h", "#"), ", period: is missing: write the grain of operation, such as period: 4h, or batch: COLUMN"),
    (("Asia/Shanghai", "Asia/Shangai"), "line 4, timezone: 'Asia/Shangai' is not a time zone (did you mean 'Asia/Shanghai'?): "
     "write its IANA name, such as Europe/Berlin or UTC"),
    (('"00:00"', "25:00"), "line 8, day_starts: '25:00' is not a time of day: write for instance \"06:00\""),
    (("from: 2025-03-01", "from: 01.03.2025"), "line 10, exclude[0].from: '01.03.2025' is not a date: write for instance 2025-03-01 or 2025-03-01 06:30"),
    (("from: 2025-03-01", "from: 2025-04-01"), "line 10, exclude[0].from: from 2025-04-01 00:00 is not before to 2025-03-09 00:00: "
     "the end is the first moment that counts again"),
    (("from: 2025-03-01, ", ""), "line 10, exclude[0].from: is missing: write the first moment that is left out, such as 2025-03-01"),
    (("max_rate: 0.5 per 4h", "max_rate: 0.5"), "line 19, settings.free_sulfate.max_rate: '0.5' is not a ramp: write for instance 0.5 per 4h"),
    (("known_after: 12h", "max_gap: 0"), "line 24, conditions.rock_p2o5.max_gap: must be above 0"),
    (("hours_per_year: 7920", "hours_per_year: 9000"), "line 6, hours_per_year: 9000 is outside 0 .. 8784 hours"),
    (("currency: CNY", "currency: CNY\nrecent: 0"), "line 6, recent: must be above 0: write for instance 60d, or a number of batches"),
    (("period: 4h", "batch: B\nrecent: 60d"), "line 8, recent: must be a number of batches, such as 60, where the sheet has batch"),
    # numbers
    (("low: 20", "low: 20 g/L"), "line 16, settings.free_sulfate.low: '20 g/L' is not a number: write the number alone, its unit belongs to `unit`"),
    (("low: 20", "low: 20,5"), "line 16, settings.free_sulfate.low: '20,5' is not a number: write 20.5"),
    (("{unit: t/h}\n  acid", "{unit: t/h, lag: 1h,5}\n  acid"), "line 26, conditions.rock_feed.5: unknown key"),
    (('unit: "%", high: 0.6', 'unit: "%", high: 1,5'), "line 32, outcomes.cake_loss.high: '1,5' has a decimal comma: write 1.5"),
    (('unit: "%", high: 0.6', 'unit: "%", high: 0,006'), "line 32, outcomes.cake_loss.high: '0,006' has a decimal comma: write 0.006"),
    (('unit: "%", high: 0.6', 'unit: "%", high: 1,500'), "line 32, outcomes.cake_loss.high: '1,500' may be 1500 or 1.500: write the one meant, without a comma"),
    (('unit: "%", high: 0.6', 'unit: "%", high:0.6'), "line 32, outcomes.cake_loss.high:0.6: unknown key: put a blank after the ':' of 'high:0.6'"),
    (("acid: {unit: t/h}", "acid: {unit: t/h, aggregat}"), "line 27, conditions.acid.aggregat: unknown key (did you mean 'aggregate'?)"),
    (("low: 20", "low: .nan"), "line 16, settings.free_sulfate.low: '.nan' is not a number"),
    (("low: 20", "low: 1e999"), "line 16, settings.free_sulfate.low: '1e999' is not a number that a plant can have"),
    (("low: 20", "low: [1]"), "line 16, settings.free_sulfate.low: needs a number, not a list"),
    (("value_per_unit: 5000000", "value_per_unit: 5,000,000"), "line 38, objective.value_per_unit: '5,000,000' is not a number: write 5000000"),
    (("value_per_unit: 5000000", "value_per_unit: 720.000"), "line 38, objective.value_per_unit: '720.000' may be 720 or 720000: write the one that is meant"),
    (("value_per_unit: 5000000", "value_per_unit: 5.000.000"), "line 38, objective.value_per_unit: '5.000.000' is not a number: write 5000000"),
    (("value_per_unit: 5000000", "value_per_unit: 720 000"), "line 38, objective.value_per_unit: '720 000' is not a number: write 720000"),
    (("hours_per_year: 7920", "hours_per_year: 7.920"), "line 6, hours_per_year: '7.920' may be 7.92 or 7920: write the one that is meant"),
    (("hours_per_year", "four_eyes: maybe\nhours_per_year"), "line 6, four_eyes: 'maybe' is neither true nor false"),
    # settings
    (("low: 20", "low: 50"), "line 16, settings.free_sulfate.low: low 50 is not below high 40: a setting needs room to move"),
    (("low: 20", "low: 40"), "line 16, settings.free_sulfate.low: low 40 is not below high 40: a setting needs room to move"),
    (("low: 20", "low:"), "line 16, settings.free_sulfate.low: is missing: a setting needs low and high, or choices"),
    (("    max_step: 3 ", "    #"), "line 12, settings.free_sulfate.max_step: is missing: give the largest change of one recommendation"),
    (("max_step: 3 ", "max_step: 0 "), "line 18, settings.free_sulfate.max_step: 0 must be above 0"),
    (("base: 27", "base: 50"), "line 20, settings.free_sulfate.base: 50 is outside low 20 .. high 40"),
    (("base: 27", "base: x"), "line 20, settings.free_sulfate.base: 'x' is not a number"),
    (("family]}", "family], base: x}"), "line 22, settings.mode.base: 'x' is not one of the choices (strip, keep, family)"),
    (("family]}", "family], low: 1}"), "line 22, settings.mode.low: a setting with choices has no range: remove it, or remove choices"),
    (("family]}", "family], integer: true}"), "line 22, settings.mode.integer: a setting with choices holds text: remove it, or give low and high "
     "instead of choices"),
    (("{choices: [strip, keep, family]}", "{low: 1, high: 6.5, integer: true, max_step: 1}"),
     "line 22, settings.mode.high: 6.5 is not a whole number, and integer is true"),
    (("measured: AIC101.PV", "measured: AIC101.SP"), "line 14, settings.free_sulfate.measured: 'AIC101.SP' is the setting's own tag: remove measured"),
    (("{choices: [strip, keep, family]}", "{tag: AIC101.PV, choices: [a, b]}"),
     "line 22, settings.mode.tag: 'AIC101.PV' is already the tag of free_sulfate: each setting has its own"),
    # variables
    (("[A, B]", "[A]"), "line 25, conditions.grade.choices: needs two entries or more, 1 given"),
    (("[A, B]", "[A, A]"), "line 25, conditions.grade.choices: 'A' is given twice"),
    (("[A, B]", "A"), "line 25, conditions.grade.choices: needs a list such as [A, B], not 'A'"),
    (("[A, B]", "[A, '']"), "line 25, conditions.grade.choices: entry 2 is '': a choice is a text"),
    (("[A, B]", "[A, B], unit: t"), "line 25, conditions.grade.unit: a variable with choices has no unit: remove it"),
    (("[A, B]", "[A, B], aggregate: sum"), "line 25, conditions.grade.aggregate: 'sum' needs numbers, this variable has choices: use last or time-weighted"),
    (("tag: PRODUCT", "tag: ''"), "line 25, conditions.grade.tag: is empty: name the tag or leave the key out"),
    (("tag: LAB.CAKE", "tag: LAB.REC"), "line 32, outcomes.cake_loss.tag: 'LAB.REC' is already the tag of recovery: remove one, or give it another aggregate"),
    (("unit: g/L", "unit: g/LL"), "line 15, settings.free_sulfate.unit: unknown unit 'LL' in 'g/LL' (did you mean 'g/L'?)"
     ": write it another way, or 1 for a plain number"),
    (("unit: g/L", "unit: ton"), "line 15, settings.free_sulfate.unit: unit 'ton' has more than one meaning: write t for 1000 kg, or short_ton"),
    (("unit: g/L", "stamp: strat"), "line 15, settings.free_sulfate.stamp: 'strat' is none of start, end, instant (did you mean 'start'?)"),
    (("unit: g/L", "aggregate: men"), "line 15, settings.free_sulfate.aggregate: 'men' is none of time-weighted, mean, sum, last, min, max, counter, "
     "share: TEXT, or a quantile such as q0.95 (did you mean 'mean'?)"),
    (("unit: g/L", "aggregate: {shre: RUN}"), "line 15, settings.free_sulfate.aggregate: only `share: TEXT` may stand here as a mapping"),
    (("high: 0.6}", "high: 0.6, low: 1}"), "line 32, outcomes.cake_loss.low: low 1 is above high 0.6"),
    (("high: 0.6}", "choices: [a, b], high: 0.6}", 'cake_loss: {tag: LAB.CAKE, unit: "%", ', "cake_loss: {tag: LAB.CAKE, "),
     "line 32, outcomes.cake_loss.high: an outcome with choices has no limit: remove it, or remove choices"),
    # formulas
    (("rock_feed > 20", "rock_fed > 20"), "line 9, running: 'rock_fed' is not a variable of this sheet (did you mean 'rock_feed'?)"),
    (("rock_feed > 20", "rock_feed"), "line 9, running: 'rock_feed' is no comparison: write for instance 'rock_feed > 20'"),
    (("rock_feed > 20", "grade == 'C'"), "line 9, running: 'C' is not one of the choices of grade (A, B)"),
    (("maximize: recovery", "maximize: max(recovery)"), "line 36, objective.maximize: max(...) compares two or more values of one row, 1 given"),
    (("maximize: recovery", "maximize: recovery > 3"), "line 36, objective.maximize: 'recovery > 3' is true or false: "
     "write '1 if recovery > 3 else 0' for a share"),
    (("maximize: recovery", "maximize: 5"), "line 36, objective.maximize: '5' names no variable"),
    (("330*acid", "330*acdi"), "line 39, objective.costs[0].formula: 'acdi' is not a variable of this sheet (did you mean 'acid'?)"),
    (("wash_water - 1.2*cake", "wash_water.x"), "line 41, limits[0].formula: a dot between names ('wash_water.x') is not allowed in a formula"),
    (("wash_water - 1.2*cake", "wash_water > 1"), "line 41, limits[0].formula: 'wash_water > 1' is true or false: write the number and give it low or high"),
    # objective and money
    (("maximize: recovery", "maximise: recovery"), "line 36, objective.maximise: unknown key (did you mean 'maximize'?)"),
    (("maximize: recovery", "maximize: recovery\n  minimize: acid"), "line 35, objective: has both maximize and minimize: remove one"),
    (("maximize: recovery", "#"), "line 35, objective: has neither maximize nor minimize: add one"),
    (('  unit: "%"\n', "  unit: t\n"), "line 37, objective.unit: 't' is not the unit of recovery, '%': write the same"),
    (("value_per_unit: 5000000", "value_per_unit: -5"), "line 38, objective.value_per_unit: -5 must be above 0: it is the worth of one unit of "
     "improvement, minimise or maximise"),
    (("maximize: recovery", "maximize: 5*recovery", '  unit: "%"\n', "  unit: CNY/h\n"), "line 38, objective.value_per_unit: the objective is money "
     "already (CNY/h): remove value_per_unit, hours_per_year gives the year"),
    (("maximize: recovery", "maximize: 5*recovery", '  unit: "%"\n', "  unit: CNY/d\n"), "line 38, objective.value_per_unit: the objective is money "
     "already (CNY/d): remove value_per_unit, hours_per_year gives the year"),
    (("maximize: recovery", "maximize: 5*recovery", '  unit: "%"\n', "  unit: EUR/h\n", "  value_per_unit: 5000000", ""),
     "line 37, objective.unit: 'EUR/h' is not in the sheet's currency CNY"),
    (("currency: CNY", "currency: yuan"), "line 5, currency: 'yuan' is not a currency: write its code of three capitals, such as EUR or CNY"),
    (("currency: CNY", "#"), ", currency: is missing: objective.value_per_unit is money, write for instance currency: EUR"),
    (("unit: CNY/h", "unit: CNY"), "line 39, objective.costs[0].unit: 'CNY' is not money per time: write a unit such as CNY/h"),
    (("unit: CNY/h", "unit: EUR/h"), "line 39, objective.costs[0].unit: 'EUR/h' is not in the sheet's currency CNY"),
    ((", unit: CNY/h", ""), "line 39, objective.costs[0].unit: is missing: write currency per time, such as CNY/h"),
    # effects and limits
    (("setting: free_sulfate", "setting: free_sulfat"), "line 34, effects[0].setting: 'free_sulfat' is none of the settings (did you mean 'free_sulfate'?)"),
    (("outcome: cake_loss, dir", "outcome: acid, dir"), "line 34, effects[0].outcome: 'acid' is none of the outcomes"),
    (("setting: free_sulfate", "setting: mode"), "line 34, effects[0].setting: 'mode' has choices, which have no direction: remove the effect"),
    (("direction: down", "direction: dwn"), "line 34, effects[0].direction: 'dwn' is none of up, down (did you mean 'down'?)"),
    (("direction: down}", "direction: down}\n  - {setting: free_sulfate, outcome: cake_loss, direction: up}"),
     "line 35, effects[1]: free_sulfate on cake_loss is given twice, the opposite before: remove one"),
    (("high: 0,", ""), "line 41, limits[0]: is a limit without low or high: add one"),
    (("high: 0,", "high: 0, low: 1,"), "line 41, limits[0].low: low 1 is above high 0"),
    (("name: wash_ratio", "name: acid"), "line 41, limits[0].name: 'acid' is the name of one of the conditions: choose another"),
    (("high: 0, unit: t/h}", "high: 0, unit: t/h}\n  - {name: wash_ratio, formula: cake, high: 9}"),
     "line 42, limits[1].name: 'wash_ratio' is the name of another limit: choose another"),
    # model and source
    (("kind: surrogate", "kind: surogate"), "line 42, model.kind: 'surogate' is none of surrogate, simulator (did you mean 'surrogate'?)"),
    (("kind: surrogate", "kind: simulator"), "line 42, model.name: is missing: name the simulator, as in {kind: simulator, name: phosphoric_acid}"),
    (("kind: surrogate", "kind: simulator, name: acid", "source: {file: history.csv}", ""),
     "line 22, settings.mode.base: is missing: with kind simulator and no source it is where the plant stands today"),
    (("{file: history.csv}", "{}"), "line 43, source: needs exactly one of file, simulated, sql, opcua, none is given"),
    (("{file: history.csv}", "{file: x, opcua: y}"), "line 43, source: needs exactly one of file, simulated, sql, opcua, file and opcua are given"),
    (("{file: history.csv}", '{sql: "postgresql://u:p@h/d", query: x}'), "line 43, source.sql: must name an environment variable, as \"${PLANT_DB}\": "
     "addresses and passwords stay out of sheets"),
    (("{file: history.csv}", '{sql: "${DB}"}'), "line 43, source.query: is missing: a source with sql needs its SELECT"),
    (("{file: history.csv}", "{file: x, query: y}"), "line 43, source.query: belongs to a source with sql: remove it"),
    (("{file: history.csv}", "{opcua: http://x}"), "line 43, source.opcua: 'http://x' is no OPC UA address: it starts with opc.tcp://"),
    (("{file: history.csv}", "{simulated: {days: 0}}"), "line 43, source.simulated.days: 0 is outside 1 .. 3660 days"),
    (("{file: history.csv}", "{simulated: {days: 1.9}}"), "line 43, source.simulated.days: '1.9' is not a whole number"),
    (("kind: surrogate", "kind: surrogate, name: forest"),
     "line 42, model.name: 'forest' would name a simulator, but neither model nor source is one: remove it"),
    (("{file: history.csv}", "{simulated: {seed: 1.5}}"), "line 43, source.simulated.seed: '1.5' is not a whole number"),
]  # fmt: skip


def test_a_sheet_of_nearly_that_name_is_suggested(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=r"a sheet is named by its path, such as calloff\.yaml$"):
        load_sheet("calloff.yam")
    (tmp_path / "calloff.yaml").write_text("name: x", encoding="utf-8")
    for name in ("calloff.yam", "calloff"):
        with pytest.raises(InputError, match=rf"^there is no plant '{name}' \(did you mean 'calloff\.yaml'\?\)"):
            load_sheet(name)


@pytest.mark.parametrize(("changes", "sentence"), FAULTS, ids=[sentence[:60] for _, sentence in FAULTS])
def test_a_fault_is_said_with_file_line_and_key(fault_of, changes, sentence):
    assert fault_of(*changes) == f"acid_line_1.yaml{'' if sentence.startswith(',') else ' '}{sentence}"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("name: x", "x.yaml, settings: is missing: list at least one setting that you may change"),
        ("name: x\nsettings: {}\nobjective: {maximize: a}", "x.yaml line 3, objective.maximize: 'a' is not a variable of this sheet"),
        ("name: x\nsettings: {a: {choices: [p, q]}}", "x.yaml, objective: is missing: say what to improve, such as objective: {maximize: recovery, unit: \"%\"}"),
        ("name: x\nsettings: {}\noutcomes: {a: {}}\nobjective: {maximize: a}", "x.yaml line 2, settings: is empty: list at least one setting that you may change"),
    ],
)  # fmt: skip
def test_a_sheet_that_is_not_finished_says_what_is_missing(fault_of_text, text, sentence):
    assert fault_of_text(text) == sentence


def test_the_first_fault_of_the_file_is_told(fault_of):
    assert "line 5, currency" in fault_of("currency: CNY", "currency: yuan", "low: 20", "low: x", "period: 4h", "period: 4")


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_any_change_is_read_or_refused_in_one_sentence(acid_text, data):
    """A word of the sheet replaced by something odd never ends in anything but a sheet or one sentence."""
    lines = acid_text.splitlines()
    at = data.draw(st.integers(0, len(lines) - 1))
    words = lines[at].partition("#")[0].split(" ")
    which = data.draw(st.integers(0, len(words) - 1))
    words[which] = data.draw(
        st.one_of(
            st.sampled_from(["", "~", "[]", "{}", "[1, 2]", "{a: b}", "-1", "1e400", "x", "%", "[[]]", "''", "a b", "'\\x00'"]),
            st.text(max_size=6),
        )
    )
    text = "\n".join([*lines[:at], " ".join(words), *lines[at + 1 :]])
    try:
        found: Sheet | str = read_sheet(text, "x.yaml")
    except InputError as error:
        found = str(error)
    if isinstance(found, str):
        assert found.startswith("x.yaml")
        assert "\n" not in found
        assert "pydantic" not in found
        assert "Input should" not in found
