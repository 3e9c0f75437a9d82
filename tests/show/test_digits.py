import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.show.digits import decimals_for, exact_text, money_text, number_text, share_text
from workbench.wording import unit_of_change


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [
        (3.05, 1, "3.1"),  # halves go up
        (2.675, 2, "2.68"),  # the decimal as written counts, not its binary tail 2.67499999
        (-0.004, 2, "0.00"),  # no minus before zero
        (1234567.0, None, "1,234,567"),
        (0.00012345, None, "0.000123"),
        (0.000012345, None, "1.23e-5"),
        (2.5e12, None, "2.5e12"),
        (0.0, None, "0"),
        (20.0, None, "20"),
        (None, None, "–"),
        (math.nan, 2, "–"),
        (math.inf, None, "–"),
    ],
)
def test_a_number_has_sensible_digits(value, decimals, text):
    assert number_text(value, decimals) == text


def test_signs_are_written_for_changes_but_not_for_zero():
    assert [number_text(v, 1, sign=True) for v in (2.04, -2.04, 0.01)] == ["+2.0", "-2.0", "0.0"]


@given(st.floats(allow_nan=True, allow_infinity=True), st.one_of(st.none(), st.integers(0, 6)))
def test_no_number_reads_nan_or_none_or_inf(value, decimals):
    assert not any(word in number_text(value, decimals).lower() for word in ("nan", "none", "inf"))


@given(st.floats(min_value=1e-3, max_value=1e6))
def test_three_significant_digits_are_within_half_a_percent(value):
    assert float(number_text(value).replace(",", "")) == pytest.approx(value, rel=0.0051)


@pytest.mark.parametrize(
    ("amounts", "text"),
    [
        ([4_900_000.0], "4.9 M CNY/year"),
        ([1_100_000.0, 4_900_000.0], "1.1 to 4.9 M CNY/year"),
        ([12_000.0, 310_000.0], "12 to 310 k CNY/year"),
        ([8_400.0], "8,400 CNY/year"),
        ([20_000.0, 4_900_000.0], "0.02 to 4.90 M CNY/year"),  # a small low end does not read as zero
        ([-2_500_000_000.0], "-2.5 bn CNY/year"),
        ([0.0], "0 CNY/year"),
    ],
)
def test_money_is_read_at_one_scale(amounts, text):
    assert money_text(amounts, "CNY/year") == text


def test_exact_money_keeps_six_digits():
    assert exact_text(3_050_000.0) == "3,050,000"
    assert exact_text(0.123456789) == "0.123457"


def test_decimals_show_two_digits_of_the_smallest_difference():
    assert decimals_for(3.0, 0.25) == 2
    assert decimals_for(0.0, None) == 2
    assert decimals_for(1e-12) == 6


@pytest.mark.parametrize(
    ("share", "text"), [(0.085, "8.5 %"), (0.95, "95 %"), (0.9996, ">99.9 %"), (0.0002, "<0.1 %"), (0.0, "0 %"), (None, "–")]
)
def test_shares_are_per_cent(share, text):
    assert share_text(share) == text


def test_a_difference_of_per_cents_is_points():
    assert unit_of_change("%") == "%-points"
