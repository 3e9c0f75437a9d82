import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.records import Lineage
from workbench.show import ledger_data, ledger_figure


def test_rows_and_periods_are_used_or_set_aside(history):
    data = ledger_data(history)
    assert data.select("table", "reason", "rows").rows() == [
        ("readings", "used", 950),
        ("readings", "bad quality", 40),
        ("readings", "duplicate stamp", 10),
        ("periods", "used", 56),
        ("periods", "not running", 3),
        ("periods", "moving", 1),
    ]
    assert data["share"][1] == pytest.approx(0.04)


@given(
    st.dictionaries(st.text(min_size=1, max_size=5), st.integers(0, 50), max_size=4), st.integers(0, 100), st.integers(0, 30)
)
def test_rows_in_are_rows_used_and_set_aside(aside, used, unexplained):
    read = used + sum(aside.values()) + unexplained
    lineage = Lineage(
        sheet_sha256="",
        source_sha256="",
        records_read=read,
        records_used=used,
        set_aside=aside,
        periods_used=0,
        from_=None,
        to=None,
        seed=0,
        code="",
    )
    data = ledger_data(lineage)
    assert data.filter(data["table"] == "readings")["rows"].sum() == read


def test_the_figure_writes_counts_and_folds_rare_reasons(make):
    lineage = make.lineage(set_aside={f"reason {i}": 10 + i for i in range(20)}, records_used=0, records_read=10_000)
    figure = ledger_figure(ledger_data(lineage))
    reasons = figure.layout.yaxis.ticktext
    assert reasons[0] == "used"
    assert reasons[-1] == "other reasons"
    assert list(figure.data[0].y) == list(figure.layout.yaxis.tickvals) == list(range(len(reasons)))
    assert figure.data[0].text[1] == "9,610 (96.1 %)"  # 10,000 less 20 reasons of 10 to 29 rows
    assert figure.layout.annotations[0].text == "readings: 10,000 in"


def test_an_empty_source_is_said(make):
    empty = make.lineage(records_read=0, records_used=0, set_aside={}, periods_used=0, periods_set_aside={})
    assert ledger_figure(ledger_data(empty)).layout.annotations[0].text == "The source has no readings."


def test_long_reasons_that_are_shortened_alike_keep_their_own_bars(make):
    long = {"left out, " + "x" * 30 + f" {i} " + "y" * 30: 10 for i in range(2)}
    figure = ledger_figure(ledger_data(make.lineage(set_aside=long, records_used=80, records_read=100)))
    assert list(figure.data[0].y) == [0, 1, 2]
