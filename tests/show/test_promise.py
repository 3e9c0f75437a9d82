import polars as pl

from workbench.show import promise_data, promise_figure

REPLAYS = pl.DataFrame({"run": [2, 0, 1], "gain": [0.3, -0.1, 0.05], "low": [0.01, -0.4, -0.2]})


def test_promise_and_replays_are_rows(proposed):
    data = promise_data(proposed, REPLAYS)
    assert data["kind"].to_list() == ["promise", "placebo", "placebo", "placebo"]
    assert data["run"].to_list() == [None, 0, 1, 2]
    assert data.row(0, named=True)["low"] == 0.22
    assert set(data["unit"]) == {"%"}


def test_where_nothing_is_proposed_the_candidate_is_named_so(no_change, refused):
    data = promise_data(no_change)
    assert data["label"].to_list() == ["considered, not proposed"]
    assert promise_data(refused).is_empty()
    assert promise_data(refused).columns == data.columns


def test_the_figure_counts_replays_that_would_have_proposed(proposed):
    figure = promise_figure(promise_data(proposed, REPLAYS))
    assert [t.name for t in figure.data] == [
        "placebo (2)",
        "placebo that would have proposed (1)",
        "promise, with its interval",
    ]
    assert figure.data[2].error_x.array[0] == 0.98 - 0.61
    assert figure.layout.xaxis.title.text == "improvement [%-points]"
    assert figure.layout.shapes[0].x0 == 0


def test_no_promise_is_said(refused):
    assert "Nothing is promised" in promise_figure(promise_data(refused)).layout.annotations[0].text
