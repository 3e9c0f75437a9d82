"""States that a share counts, and texts that are none of them."""

from __future__ import annotations

from tests.prepare.test_batches import BATCH, rows_of
from workbench.prepare import prepare_history
from workbench.prepare.choices import state_findings
from workbench.prepare.columns import columns_of

SAID = (
    "the state 'RUNN' is in none of 4 readings (did you mean 'RUN'?), so that run is 0 throughout; the readings say RUN, STOP"
)
STATES = ("RUN", "RUN", "STOP", "RUN")


def test_a_state_that_never_comes_is_said(sheet_of, records):
    rows = [(hour, tag, value) for hour, state in enumerate(STATES) for tag, value in (("x", 1), ("y", hour), ("S", state))]
    for state, said in (("RUNN", [SAID]), ("RUN", [])):
        sheet = sheet_of(conditions=f'run: {{tag: S, aggregate: "share: {state}", max_gap: 1d}}')
        history = prepare_history(sheet, records(rows))
        assert [f.text for f in history.findings if f.code == "D113"] == said


def test_a_state_that_never_comes_in_batches_is_said(sheet_of, batch_records):
    rows = rows_of([(str(n), {"x": n, "y": n, "S": state}) for n, state in enumerate(STATES)])
    for state, said in (("RUNN", [SAID]), ("RUN", [])):
        sheet = sheet_of(conditions=f'run: {{tag: S, aggregate: "share: {state}"}}', more=BATCH)
        history = prepare_history(sheet, batch_records(rows))
        assert [(f.tag, f.text) for f in history.findings if f.code == "D113"] == [("S", text) for text in said]


def test_the_commonest_states_are_named(sheet_of):
    (column,) = [c for c in columns_of(sheet_of(conditions='run: {tag: S, aggregate: "share: GO"}')) if c.state]
    [finding] = state_findings(column, [*"aabbbcdefg"])
    assert finding.text.endswith("the readings say b, a, c, d, e and others")
    assert state_findings(column, []) == []
    assert state_findings(column, ["GO"]) == []
