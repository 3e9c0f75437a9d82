import polars as pl

from workbench.show import shares_data, shares_figure


def test_shares_are_written_in_per_cent():
    data = shares_data(pl.DataFrame({"part": ["settings", "conditions", "unexplained"], "share": [0.023, 0.997, -0.02]}))
    assert data["text"].to_list() == ["2.3 %", "99.7 %", "none that can be told"]
    figure = shares_figure(data)
    assert list(figure.data[0].x) == [2.3, 99.7, 0.0]
    assert figure.layout.xaxis.range[0] == 0  # a bar below 0 lay across the name of its part
    assert figure.layout.xaxis.title.text.endswith("[%]")


def test_nothing_learned_is_said():
    empty = shares_data(pl.DataFrame(schema={"part": pl.String, "share": pl.Float64}))
    assert shares_figure(empty).layout.annotations[0].text == "Nothing was learned from these records."
