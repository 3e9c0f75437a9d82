from hypothesis import given
from hypothesis import strategies as st

from workbench.records import SettingLine
from workbench.show.bars import interval_bar, setting_bar

finite = st.floats(-1e6, 1e6)


def line(**changes):
    base = {
        "name": "s",
        "tag": "S",
        "unit": "",
        "now": 25.0,
        "proposed": 27.5,
        "low": 20.0,
        "high": 40.0,
        "max_step": 5.0,
        "supported": (22.0, 30.0),
    }
    return SettingLine(**(base | changes))


def test_marks_stand_where_they_belong():
    bar = setting_bar(line())
    # 92 % of the width hold 20 units, from 4 % on: 4.6 % a unit
    assert (bar.allowed, bar.now, bar.proposed) == ((4.0, 96.0), 27.0, 38.5)
    assert bar.supported == (13.2, 50.0)
    assert bar.reach == (4.0, 50.0)


def test_a_present_value_outside_the_range_widens_the_drawing():
    bar = setting_bar(line(now=50.0))
    assert bar.now == 96.0
    assert bar.allowed[1] < 96.0


def test_choices_and_open_ranges_have_no_bar():
    assert setting_bar(line(now="a", proposed="b", low=None, high=None)) is None
    assert setting_bar(line(high=20.0)) is None


def test_what_stays_has_no_proposed_mark():
    assert setting_bar(line(proposed=25.0)).proposed is None


@given(finite, finite, finite, finite, finite, st.floats(1e-6, 1e6))
def test_no_mark_leaves_the_drawing(now, proposed, low, a, b, step):
    bar = setting_bar(line(now=now, proposed=proposed, low=low, high=low + 10, max_step=step, supported=(min(a, b), max(a, b))))
    places = [p for p in (*bar.allowed, bar.now, bar.proposed, *(bar.supported or ()), *(bar.reach or ())) if p is not None]
    assert all(4.0 <= p <= 96.0 for p in places)


@given(finite, finite, finite)
def test_an_interval_always_shows_zero(a, b, c):
    low, expected, high = sorted((a, b, c))
    bar = interval_bar(expected, low, high)
    assert 4.0 <= bar.low <= bar.expected <= bar.high <= 96.0
    assert 4.0 <= bar.zero <= 96.0
