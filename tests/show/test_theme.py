import polars as pl

from workbench.show.theme import axis_title, band, figure_theme, plain


def test_names_are_shown_literally_and_shortened():
    assert plain("<a href='x'>T</a> & co") == "&lt;a href='x'&gt;T&lt;/a&gt; &amp; co"
    assert len(plain("x" * 100)) == 40
    assert plain("A" * 30 + "B" * 30).endswith("B" * 13)


def test_axis_titles_carry_units():
    assert axis_title("free_sulfate", "g/L") == "free sulfate [g/L]"
    assert axis_title("mode") == "mode"


def test_a_band_is_one_closed_polygon_a_run():
    frame = pl.DataFrame({"x": [1, 2, 3, 4], "low": [0.0, 1.0, None, 3.0], "high": [2.0, 3.0, None, 5.0]})
    xs, ys = band(frame, "x", "low", "high")
    assert xs == [1, 2, 2, 1, None, 4, 4, None]
    assert ys == [2.0, 3.0, 1.0, 0.0, None, 5.0, 3.0, None]


def test_labels_have_room():
    template = figure_theme()
    assert template.layout.xaxis.automargin
    assert template.layout.yaxis.automargin


def test_an_axis_of_plain_numbers_has_no_dash_in_brackets():
    assert axis_title("reflux", "-") == axis_title("reflux", "1") == "reflux"
