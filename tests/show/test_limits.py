import pytest

from workbench.show import limits_data, limits_figure
from workbench.show.theme import BLUE, VERMILLION


def test_margins_are_positive_inside_the_limit(proposed):
    data = limits_data(proposed)
    assert data["name"].to_list() == ["cake_loss", "filtration_rate", "wash_ratio", "steam"]
    assert data["margin"].to_list() == pytest.approx([0.189, 0.58, 4.62, 1.1])
    assert data["words"].to_list()[:2] == ["at most 0.6 %", "at least 5.8 t/h"]
    assert data["proposed_p"].to_list() == [0.991, 0.9997, 1.0, 0.931]


def test_the_figure_shows_shares_and_marks_what_gets_worse(make):
    lines = make.proposed().limits
    worse = lines[3].model_copy(update={"now": 0.94})
    figure = limits_figure(limits_data(make.proposed(limits=(*lines[:3], worse))))
    now, then = figure.data[1], figure.data[2]
    assert list(now.x) == pytest.approx([98.1, 100.0, 100.0, 94.0])
    assert list(then.marker.color) == [BLUE, BLUE, BLUE, VERMILLION]
    assert "predicted 31.9 t/h" in then.customdata[3]
    assert figure.layout.xaxis.title.text.endswith("[%]")


def test_unknown_shares_and_no_limits_are_no_crash(hostile, refused):
    figure = limits_figure(limits_data(hostile))
    assert "<script" not in str(figure.layout.yaxis.ticktext)
    assert figure.data[1].x[0] is None or figure.data[1].x[0] != figure.data[1].x[0]
    assert limits_figure(limits_data(refused)).layout.annotations[0].text == "The sheet has no limits."
