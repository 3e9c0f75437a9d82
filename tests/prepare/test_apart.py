"""Settings whose records never come near their range, and what is said of them."""

from __future__ import annotations

import pytest

from workbench.prepare import prepare_history
from workbench.prepare.apart import apart_settings, but_words, with_values_seen
from workbench.records import Finding

SETTINGS = """x: {low: 45, high: 60, max_step: 3, unit: kg/h}
z: {low: 0, high: 5, max_step: 1}"""


@pytest.fixture
def history_at(sheet_of, records):
    """A sheet and its history of four hours, in which `x` had these values."""

    def made(*values, settings=SETTINGS):
        sheet, hours = sheet_of(settings=settings), range(len(values))
        rows = [(k, "x", values[k]) for k in hours] + [(k, "z", k % 4) for k in hours] + [(k + 0.5, "y", 0.0) for k in hours]
        return sheet, prepare_history(sheet, records(rows))

    return made


def test_a_setting_in_another_unit_is_named_with_its_values_and_its_range(history_at):
    _, history = history_at(48_000, 49_000, 58_000, 50_000)
    [found] = [f for f in history.findings if f.code == "D102"]
    assert (found.tag, found.refuses) == ("x", False)
    assert found.text == (
        "never near low..high: 48000 to 58000 kg/h in all of 4 usable periods, and the sheet has 45..60 kg/h:"
        " x is left alone; correct its unit or its range in the sheet"
    )
    assert but_words(history.findings) == ", but x is left alone (D102)"


@pytest.mark.parametrize("values", [(61, 62, 62.5, 61), (88, 89, 90, 88), (100, 200, 59, 100), (15, 16, 15, 16)])
def test_one_that_came_near_its_range_is_only_outside(history_at, values):
    """A range that was made narrower, say: a proposal moves towards it."""
    sheet, history = history_at(*values)
    assert apart_settings(sheet, history.usable) == ()
    [found] = [f for f in history.findings if f.code == "D102"]
    assert found.text.startswith("outside low..high in ")
    assert but_words(history.findings) == ""


def test_below_its_range_counts_as_well(history_at):
    sheet, history = history_at(0.048, 0.05, 0.058, 0.05)
    assert apart_settings(sheet, history.usable) == ("x",)


def test_where_no_setting_is_left_to_move_the_data_are_refused(history_at):
    one = "x: {low: 45, high: 60, max_step: 3, unit: kg/h}"
    _, history = history_at(48_000, 49_000, 58_000, 50_000, settings=one)
    assert "D102" in {f.code for f in history.refused}


def test_a_unit_that_does_not_fit_is_said_with_what_was_read(history_at):
    sheet, history = history_at(48, 50, 58, 50)
    text = "the unit of 'x' in a.csv does not fit settings.x: no{}; the values were taken as they are: correct it"
    misfit, other = Finding(code="L111", tag="x", text=text.format("")), Finding(code="L103", tag="x", text="b")
    said = with_values_seen([misfit, other], sheet, history.frame)
    assert said == [misfit.model_copy(update={"text": text.format("; 48 to 58 were read, and the sheet has 45..60")}), other]
    outcome = Finding(code="L111", tag="y", text="no; the values were taken as they are")
    [told] = with_values_seen([outcome], sheet, history.frame)
    assert told.text == "no; 0 to 0 were read; the values were taken as they are"
