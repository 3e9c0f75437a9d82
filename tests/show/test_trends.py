import polars as pl
import pytest

from workbench.errors import InputError
from workbench.show import trends_data, trends_figure
from workbench.show.trends import SET_ASIDE


def panel(data, name):
    return data.filter(pl.col("panel") == name)


def test_every_variable_is_a_panel_the_objective_first(history, sheet):
    data = trends_data(history, sheet)
    assert data["panel"].drop_nulls().unique(maintain_order=True).to_list() == [
        "@objective", "free_sulfate", "temperature", "mode", "recovery", "cake_loss", "@limit:wash_ratio", "rock_p2o5",
    ]  # fmt: skip
    assert panel(data, "cake_loss").select("role", "unit", "bound_high").row(0) == ("outcome", "%", 0.6)
    assert panel(data, "free_sulfate")["value"].to_list() == history.frame["free_sulfate"].to_list()


def test_time_is_local(history, sheet):
    data = trends_data(history, sheet)
    # 16:00 UTC is midnight in Shanghai
    assert data["time"][0].strftime("%Y-%m-%d %H:%M %Z") == "2025-01-18 00:00 CST"


def test_neighbours_set_aside_for_one_reason_are_one_span(history, sheet):
    data = trends_data(history, sheet)
    spans = data.filter(pl.col("role") == SET_ASIDE)
    assert spans.select("position", "position_end", "reason", "periods").rows() == [
        (5, 8, "not running", 3),
        (30, 31, "moving", 1),
    ]
    assert (spans["end"][0] - spans["time"][0]).total_seconds() == 3 * 4 * 3600


def test_long_histories_keep_their_extremes(make, sheet):
    long = make.history(1000, reasons={100: "moving"})
    spike = long.frame.with_columns(pl.when(pl.int_range(pl.len()) == 503).then(9.9).otherwise("cake_loss").alias("cake_loss"))
    data = panel(
        trends_data(type(long)(spike, long.ledger, long.periods, (), "", ""), sheet, ["cake_loss"], points=50), "cake_loss"
    )
    assert data.height == 51  # 50 points, and the one set aside by itself
    assert data["high"].max() == 9.9
    assert data["periods"].sum() == 1000
    assert data.filter(pl.col("reason").is_not_null())["periods"].to_list() == [1]
    assert (data["low"] <= data["value"]).all()
    assert (data["value"] <= data["high"]).all()


def test_an_unknown_name_is_refused_with_the_closest(history, sheet):
    with pytest.raises(
        InputError, match=r"'free_sulphate' is not in the history of acid_line \(did you mean 'free_sulfate'\?\)"
    ):
        trends_data(history, sheet, ["free_sulphate"])


def test_the_figure_shades_and_names_the_reasons(history, sheet):
    figure = trends_figure(trends_data(history, sheet), title=sheet.title)
    assert sum(s.type == "rect" for s in figure.layout.shapes) == 2
    assert [t.name for t in figure.data if t.showlegend is None] == ["not running (3)", "moving (1)"]
    assert figure.layout.yaxis2.title.text == "g/L"
    assert figure.layout.xaxis8.title.text == "local time, Asia/Shanghai"
    recovery = next(t for t in figure.data if t.name == "recovery")
    assert recovery.mode == "markers"  # every second period has a result
    cake = next(t for t in figure.data if t.name == "cake_loss")
    assert cake.mode == "lines"
    assert cake.y[5] is None or cake.y[5] != cake.y[5]  # the line breaks where periods are set aside


def test_plain_numbers_have_no_axis_title(history, sheet):
    data = trends_data(history, sheet, ["free_sulfate"]).with_columns(pl.lit("-").alias("unit"))
    figure = trends_figure(data)
    assert figure.layout.yaxis.title.text is None
    assert all("-<extra>" not in (t.hovertemplate or "") for t in figure.data)


def test_a_broken_reading_set_aside_does_not_flatten_the_panel(history, sheet):
    frame = history.frame.with_columns(
        pl.when(pl.int_range(pl.len()) == 6).then(9999.0).otherwise("temperature").alias("temperature")
    )
    figure = trends_figure(
        trends_data(type(history)(frame, history.ledger, history.periods, (), "", ""), sheet, ["temperature"])
    )
    assert figure.layout.yaxis.range[1] < 100


def test_batches_without_a_clock_are_drawn_in_the_order_of_the_file(make, sheet):
    batches = sheet.model_copy(update={"period": None, "batch": "batch"})
    figure = trends_figure(trends_data(make.history(40, clock=False), batches))
    assert figure.layout.xaxis8.title.text == "batch, in the order of the file"
    assert figure.data[0].x[39] == 39


def test_an_empty_history_is_said(make, sheet):
    figure = trends_figure(trends_data(make.history(0), sheet))
    assert figure.layout.annotations[0].text == "The history has no periods."


def test_at_most_twelve_panels(history, sheet):
    extra = {f"x{i}": sheet.conditions["rock_p2o5"] for i in range(20)}
    wide = sheet.model_copy(update={"conditions": sheet.conditions | extra})
    frame = history.frame.with_columns(pl.col("rock_p2o5").alias(name) for name in extra)
    data = trends_data(type(history)(frame, history.ledger, history.periods, (), "", ""), wide)
    assert data["panel"].drop_nulls().n_unique() == 12


@pytest.mark.parametrize("name", ["position", "bin", "aside", "end", "run", "value", "low", "text", "role"])
def test_a_variable_may_have_any_name(history, sheet, name):
    condition = sheet.conditions["rock_p2o5"]
    named = sheet.model_copy(update={"conditions": {name: condition.model_copy(update={"name": name})}})
    frame = history.frame.rename({"rock_p2o5": name})
    data = trends_data(type(history)(frame, history.ledger, history.periods, (), "", ""), named)
    usual = trends_data(history, sheet)
    assert panel(data, name).drop("panel").equals(panel(usual, "rock_p2o5").drop("panel"))
    assert data.filter(pl.col("role") == SET_ASIDE).equals(usual.filter(pl.col("role") == SET_ASIDE))


def test_words_of_the_data_are_no_markup_and_long_ones_keep_their_place(history, sheet):
    words = {"continuous": "<a href='https://x.example'>b & c</a>", "on demand": "a recipe of more than 18 characters"}
    frame = history.frame.with_columns(pl.col("mode").replace(words))
    named = sheet.settings["mode"].model_copy(update={"choices": tuple(words.values())})
    renamed = sheet.model_copy(update={"settings": sheet.settings | {"mode": named}})
    data = trends_data(type(history)(frame, history.ledger, history.periods, (), "", ""), renamed, ["mode"])
    figure = trends_figure(data)
    assert "<a" not in figure.to_json().replace("\\u003c", "<")
    assert list(figure.layout.yaxis.ticktext) == ["&lt;a href='ht… c&lt;/a&gt;", "a recipe of…acters"]
    assert list(figure.layout.yaxis.tickvals) == [0, 1]
    line = next(t for t in figure.data if t.name == "mode")
    assert (line.y[0], line.y[59]) == (0, 1)
    assert line.text[59] == "a recipe of more than 18 characters"


def test_choices_stand_in_the_order_of_the_sheet(history, sheet):
    turned = sheet.settings["mode"].model_copy(update={"choices": ("on demand", "never", "continuous")})
    data = trends_data(history, sheet.model_copy(update={"settings": sheet.settings | {"mode": turned}}), ["mode"])
    figure = trends_figure(data)
    assert list(figure.layout.yaxis.ticktext) == ["on demand", "continuous"]  # one that was never run takes no place
    line = next(t for t in figure.data if t.name == "mode")
    assert (line.y[0], line.y[59]) == (1, 0)


def test_every_panel_tells_its_scale_by_two_ticks_or_more(make, sheet):
    """82.3 to 89.4 with four ticks at most had one, 85: nobody could read from it how large a swing is."""
    long = make.history(60)
    for low, high in ((82.3, 89.4), (176.0, 184.3), (0.0, 1e-4), (-3.0, 5e6), (50.0, 50.0)):
        frame = long.frame.with_columns(pl.Series("cake_loss", [low, high] * 30))
        figure = trends_figure(trends_data(type(long)(frame, long.ledger, long.periods, (), "", ""), sheet, ["cake_loss"]))
        (bottom, top), step = figure.layout.yaxis.range, figure.layout.yaxis.dtick
        assert 2 <= top // step - -(-bottom // step) + 1 <= 5
