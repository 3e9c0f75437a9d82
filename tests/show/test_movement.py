import polars as pl
import pytest

from workbench.show import ledger_data, ledger_figure, movement_data, movement_figure


def test_periods_are_counted_by_bin_and_moves_by_difference(history, sheet):
    data = movement_data(history, sheet, {"free_sulfate": 27.1, "mode": "on demand"})
    sulfate = data.filter(pl.col("setting") == "free_sulfate")
    # usable: 17 + 10 + 9 ... = 56 periods, at 25 or 28 g/L; five moves of 3 g/L in 60 periods
    assert sulfate["periods"].sum() == 56
    assert sulfate.filter(pl.col("periods") > 0)["periods"].to_list() == [27, 29]
    assert set(sulfate["moves"]) == {5}
    assert sulfate["left"].min() == 25.0
    assert sulfate["right"].max() == 28.0
    assert sulfate["now"][0] == 27.1


def test_choices_are_counted_by_label(history, sheet):
    mode = movement_data(history, sheet).filter(pl.col("setting") == "mode")
    assert mode.select("label", "periods").rows() == [("continuous", 41), ("on demand", 15)]
    assert mode["moves"][0] == 1


def test_a_setting_that_never_moved_says_so(history, sheet):
    figure = movement_figure(movement_data(history, sheet))
    titles = [figure.layout[a].title.text for a in ("xaxis", "xaxis2", "xaxis3")]
    assert titles == ["free sulfate [g/L], 5 moves", "temperature [degC], never moved", "mode, 1 move"]


def test_what_people_set_counts_where_it_is_recorded(history, sheet):
    frame = history.frame.with_columns(pl.lit(30.0).alias("free_sulfate.set"))
    data = movement_data(type(history)(frame, history.ledger, history.periods, (), "", ""), sheet)
    assert data.filter(pl.col("setting") == "free_sulfate")["moves"][0] == 0


def test_a_history_without_usable_values_is_drawn(make, sheet):
    nothing = make.history(5, reasons=dict.fromkeys(range(5), "not running"))
    data = movement_data(nothing, sheet)
    assert data["periods"].sum() == 0
    assert movement_figure(data).layout.height == pytest.approx(410)


def test_a_setting_may_be_called_count(history, sheet):
    settings = {("count" if name == "free_sulfate" else name): setting for name, setting in sheet.settings.items()}
    named = sheet.model_copy(update={"settings": settings})
    frame = history.frame.rename({"free_sulfate": "count"})
    data = movement_data(type(history)(frame, history.ledger, history.periods, (), "", ""), named)
    usual = movement_data(history, sheet)
    assert (
        data.filter(pl.col("setting") == "count").drop("setting").equals(usual.filter(setting="free_sulfate").drop("setting"))
    )


def test_long_choices_that_are_shortened_alike_keep_their_own_bars(history, sheet):
    words = {"continuous": "recipe number 1 of the north line", "on demand": "recipe number 2 of the north line"}
    frame = history.frame.with_columns(pl.col("mode").replace(words))
    named = sheet.settings["mode"].model_copy(update={"choices": tuple(words.values())})
    renamed = sheet.model_copy(update={"settings": sheet.settings | {"mode": named}})
    figure = movement_figure(movement_data(type(history)(frame, history.ledger, history.periods, (), "", ""), renamed))
    bars = next(t for t in figure.data if t.customdata is not None)
    assert list(bars.x) == list(figure.layout.xaxis3.tickvals) == [0, 1]
    assert list(bars.y) == [41, 15]


def test_batches_are_counted_as_batches(make, sheet):
    batches = make.history(clock=False)
    figure = movement_figure(movement_data(batches, sheet), noun=batches.row)
    assert figure.layout.yaxis.title.text == "batches"
    assert all("batches" in trace.hovertemplate for trace in figure.data if trace.type == "bar")
    assert ledger_figure(ledger_data(batches)).layout.title.text == "Where every reading and batch went"
