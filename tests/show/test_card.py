import re
from html.parser import HTMLParser

import plotly.graph_objects as go
import pytest

from workbench.records import OutcomeLine
from workbench.show import card_html
from workbench.show.paper import POINTS_HIGH, POINTS_LOW
from workbench.show.view import card_view

VOID = {"meta", "rect", "line", "circle", "path", "br", "wbr"}


class Page(HTMLParser):
    """Visible text, tags and attributes of a page; fails on tags that do not match."""

    def __init__(self, text):
        super().__init__()
        self.words, self.tags, self.attributes, self.open = [], [], [], []
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, *a) for a in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, *a) for a in attrs]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if not {"style", "script"} & set(self.open):
            if self.tags[-1:] == ["wbr"] and not data[:1].isspace():  # a place to part a word, not a space
                data = self.words.pop() + data
            self.words.append(data)

    @property
    def text(self):
        return " ".join(" ".join(self.words).replace("\u00a0", " ").split())


def test_a_proposal_says_verdict_gain_and_money_first(proposed):
    text = Page(card_html(proposed)).text
    order = [
        "Phosphoric acid, dihydrate line 1",
        "Proposed: change 4 settings",
        "0.61 %-points",
        "90 % interval 0.22 to 0.98 %-points",
    ]
    order += ["3.1 M CNY/year", "90 % interval 1.1 to 4.9 M CNY/year", "Settings, now and proposed", "free sulfate AIC101.SP"]
    places = [text.index(words, text.index("</title>") if "</title>" in text else 0) for words in order[1:]]
    assert text.count(order[0]) == 2
    assert places == sorted(places)


def test_a_proposal_shows_every_part_of_the_record(proposed):
    text = Page(card_html(proposed, chain_head="ab" * 32)).text
    for words in (
        "27.1 g/L",
        "29.4 g/L +2.3 g/L",
        "−1.5 degC",
        "continuous on demand other choice",
        "recirculation FIC115.SP 2,450 m3/h unchanged",
        "cake loss at most 0.6 % 0.41 % margin 0.19 %-points 98.1 % → 99.1 % held",
        "92.4 % → 93.1 % not worse than now",
        "filtration rate t/h 6.42 → 6.38 −0.04 t/h −0.14 to +0.06",
        "proposed a change in 3 of 100 runs (at most 8.5 %).",
        "212 of the plant's own periods lie near these settings; they are inside what the history covers.",
        "skill 0.41",
        "D104 TI-107 unchanged for 6.5 h",
        "published story simulated truth promise",
        "recovery [%-points] +1.5 +0.55 (+0.51 to +0.59) +0.61 (+0.22 to +0.98)",
        "without a control",
        "41,296 readings = 40,112 used + 1,184 set aside",
        "2,160 periods = 1,874 used + 286 set aside (not running 214; pump repair 48; moving 24)",
        "seed 0 · code 0.1.0+3a1f9c2 · written 12 Jan 2026 08:14 UTC",
        "17 Jan 2025 16:00 UTC to 12 Jan 2026 06:00 UTC",
        "chain head abababababab",
        "sheet 9f2c9f2c9f2c",
    ):
        assert words in text, words


def test_a_setting_of_few_choices_names_them_as_its_range(proposed):
    modes = ("continuous", "on demand", "off <now>")
    html = card_html(proposed, choices={"defoamer_mode": modes})
    assert "continuous, on demand, off <now>" in Page(html).text
    assert "one of the sheet's choices" not in html
    many = tuple(f"recipe number {n}" for n in range(12))
    assert "one of 12 choices in the sheet" in Page(card_html(proposed, choices={"defoamer_mode": many})).text


def test_a_card_tells_the_time_of_the_plant(make):
    html = card_html(make.proposed(lineage=make.lineage(timezone="Asia/Shanghai")))
    for words in (
        "12 Jan 2026 14:00 Asia/Shanghai",
        "written 12 Jan 2026 16:14 Asia/Shanghai",
        "18 Jan 2025 00:00 Asia/Shanghai to",
    ):
        assert words in html
    assert "UTC" not in html.split("<script", 1)[0]


def test_an_outcome_known_to_the_last_digit_is_shown_with_three(make):
    line = make.proposed().outcomes[0]
    exact = line.model_copy(update={"now": 12.559524, "change": 2.990476, "low": 2.990431, "high": 2.990521, "proposed": 15.55})
    text = Page(card_html(make.proposed(outcomes=(exact,)))).text
    assert "+2.99 " in text
    assert "2.9904" not in text


def test_outcomes_of_a_formula_are_said_to_be_expected_not_promised(make):
    note = "These are what the model expects; the improvement is promised with a reserve on top"
    gain = make.proposed().gain.model_copy(update={"objective": "5*recovery - 2*steam"})
    record = make.proposed(gain=gain)
    assert note in Page(card_html(record)).text
    assert card_view(record)["print_points"] < card_view(make.proposed())["print_points"]  # the sheet has room for it
    assert note not in Page(card_html(make.proposed())).text  # recovery shows the promise itself
    still = tuple(line.model_copy(update={"proposed": None, "change": None}) for line in make.proposed().outcomes)
    assert note not in Page(card_html(make.proposed(gain=gain, outcomes=still))).text


def test_exact_numbers_and_whole_hashes_stand_in_titles(proposed):
    titles = [value for _, name, value in Page(card_html(proposed)).attributes if name == "title"]
    assert "3,050,000 CNY/year" in titles
    assert "1,100,000 to 4,900,000 CNY/year" in titles
    assert proposed.lineage.sheet_sha256 in titles


def test_no_change_shows_the_candidate_as_not_proposed(no_change):
    page = card_html(no_change)
    text = Page(page).text
    assert text.index("No change: keep the settings as they are") < text.index("Why, and what would settle it")
    assert "The best change considered NOT PROPOSED" in text
    assert "Estimated improvement in recovery: 0.08 %-points, 90 % interval −0.11 to 0.27 %-points." in text
    assert "A randomised trial of 8 blocks" in text
    assert "Settings, now and proposed" not in text
    assert "Worth" not in text
    assert "Setting Now Considered Change" in text
    assert 'data-status="no_change"' in page


def test_refused_names_the_findings_first(refused):
    text = Page(card_html(refused)).text
    assert "Refused: these records cannot support an answer 2 findings disqualify the data" in text
    assert "recovery has no result in 96 % of the periods (D203)." in text
    assert text.index("D201 31 usable") < text.index("D104 TI-107")
    assert "Placebo Not run." in text
    assert "Findings 4, 2 of them disqualifying" in text


@pytest.mark.parametrize("status", ["proposed", "no_change", "refused"])
def test_nothing_unknown_is_printed_raw(make, status):
    text = Page(card_html(getattr(make, status)())).text
    assert not re.search(r"\b(nan|None|null|inf|undefined)\b", text)


def test_batches_without_a_clock_are_as_of_no_time(make):
    lineage = make.proposed().lineage.model_copy(update={"to": None})
    assert "recommendation as of" in Page(card_html(make.proposed())).text
    assert "as of" not in Page(card_html(make.proposed(as_of=None, lineage=lineage))).text


def test_tags_part_at_their_dots_and_bars(make):
    first = make.proposed().settings[0].model_copy(update={"tag": "rougher.in_<b>.x"})
    page = card_html(make.proposed(settings=(first, *make.proposed().settings[1:])))
    assert "rougher.<wbr>in_<wbr>&lt;b&gt;.<wbr>x</span>" in page


def test_a_record_with_everything_unknown_is_still_a_page(make):
    bare = make.proposed(
        as_of=None,
        title="",
        value_per_year=None,
        support=None,
        placebo=None,
        referee=(),
        findings=(),
        limits=tuple(
            line.model_copy(update={"predicted": None, "probability_held": None, "now": None})
            for line in make.proposed().limits
        ),
        outcomes=tuple(
            line.model_copy(update={"now": None, "proposed": None, "change": None, "low": None, "high": None})
            for line in make.proposed().outcomes
        ),
        lineage=make.lineage(from_=None, to=None, source=""),
    )
    text = Page(card_html(bare)).text
    assert "Not priced: the plant sheet gives no yearly money value for this objective." in text
    assert "None: sheet and data raised no question." in text
    assert "no clock in the source" in text
    assert not re.search(r"\b(nan|null|inf|undefined)\b", text)


def test_names_from_sheet_and_data_cannot_break_the_page(hostile):
    page = card_html(hostile)
    parsed = Page(page)
    assert "script" not in parsed.tags
    assert "<script" not in page
    assert '<script>alert("x")</script>' in parsed.text
    assert "磷酸装置一号线" in parsed.text
    assert "\x1b" not in page
    assert not [a for a in parsed.attributes if a[1].startswith("on")]


def test_a_hostile_name_cannot_leave_the_figure(proposed):
    figure = go.Figure(go.Scatter(x=[1], y=[1], name="</script><script>alert(1)</script>"))
    assert "</script><script>alert" not in card_html(proposed, [figure])


def test_the_page_is_self_contained(proposed):
    page = card_html(proposed)
    assert len(page) < 60_000
    assert not re.findall(r"""(?:src|href)=|@import|url\(|<(?:link|iframe|img|script)\b""", page)
    assert '<html lang="en">' in page
    assert "default-src 'none'" in page


def test_plotly_is_embedded_once_and_never_fetched(proposed):
    figures = [go.Figure(go.Scatter(x=[1, 2], y=[1, 2])), go.Figure(go.Scatter(x=[1, 2], y=[2, 1]))]
    page = card_html(proposed, figures)
    assert len(re.findall(r"plotly\.js v\d", page)) == 1
    assert not re.findall(r"<(?:script|link|img|iframe)\b[^>]*(?:src|href)=", page)
    assert page.count('class="plotly-graph-div"') == 2
    assert page.index("<h2>Findings") < page.index("plotly-graph-div") < page.index("<h2>Lineage")


def test_every_drawing_speaks(proposed):
    attributes = Page(card_html(proposed)).attributes
    spoken = [value for tag, name, value in attributes if tag == "svg" and name == "aria-label"]
    assert (
        "now 27.1 g/L; proposed 29.4 g/L; allowed 20 to 40 g/L; the history covers 23.2 to 31.8 g/L; largest step 3 g/L"
        in spoken
    )


def test_plain_numbers_bear_no_unit(make):
    lines = tuple(line.model_copy(update={"unit": "-"}) for line in make.proposed().limits)
    view = card_view(make.proposed(limits=lines))
    assert not any(line["predicted"].endswith(("-", "−")) for line in view["limits"])


def test_ends_of_an_estimate_stand_apart(make):
    cells = [cell for _, row in card_view(make.proposed())["referee"]["rows"] for cell in row]
    assert ("+0.61", "(+0.22 to +0.98)") in cells


def test_many_settings_limits_and_findings_fold_away(make):
    many = make.proposed(
        limits=make.proposed().limits * 5, findings=make.proposed().findings * 20, outcomes=make.proposed().outcomes * 4
    )
    view = card_view(many)
    assert (len(view["limits"]), len(view["limits_more"])) == (8, 12)
    assert {line["label"] for line in view["limits"]} == {"steam", "cake loss"}  # held least: 93.1 % and 99.1 %
    assert len(view["findings"]) == 5  # the table of promise and truth needs room on the sheet too
    assert len(card_view(many.model_copy(update={"referee": ()}))["findings"]) == 8
    text = Page(card_html(many)).text
    assert "12 more limits, each held in 99.1 % of the periods or more." in text
    assert "55 more, all in recommendation.json." in text


def test_print_shrinks_with_what_there_is_to_say(make):
    small = card_view(make.refused())["print_points"]
    full = card_view(make.proposed(limits=make.proposed().limits * 5, findings=make.proposed().findings * 20))["print_points"]
    assert small == POINTS_HIGH
    assert POINTS_LOW <= full < card_view(make.proposed())["print_points"] < small


def test_a_referee_with_many_rows_is_turned(make):
    rows = make.proposed().referee * 2
    assert card_view(make.proposed(referee=rows))["referee"]["heads"] == ["recovery [%-points]", "value [M CNY/year]"]


def test_a_long_formula_is_written_out_among_the_evidence(hostile):
    view = card_view(hostile)
    assert view["gain"]["label"] == "Improvement in the objective"
    assert dict(view["evidence"])["Objective"].startswith("recovery*1.25 - 0.05*max")


def test_the_same_record_gives_the_same_page(proposed):
    assert card_html(proposed) == card_html(proposed)


def test_money_net_of_running_costs_is_said_to_be(proposed):
    costs = OutcomeLine(name="running costs", unit="CNY/h", now=12.0, proposed=14.99, change=2.99, low=2.9, high=3.1, level=0.9)
    costly = proposed.model_copy(update={"outcomes": (*proposed.outcomes, costs)})
    assert "It is net of running costs, which change by +3.0 CNY/h." in Page(card_html(costly)).text
    assert "net of" not in Page(card_html(proposed)).text
