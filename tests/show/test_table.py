import pytest

from workbench.records import OutcomeLine
from workbench.show import findings_table, recommendation_table
from workbench.show.table import FINDINGS_SHOWN


def rows(text, first):
    return next(line for line in text.splitlines() if line.startswith(f"| {first}"))


def test_a_proposal_is_a_table(proposed):
    text = recommendation_table(proposed, "out/card.html", terminal=False)
    assert "Proposed: change 4 settings" in text
    assert "Improvement in recovery: 0.61 %-points  (90 % interval 0.22 to 0.98 %-points)" in text
    assert "Worth: 3.1 M CNY/year  (90 % interval 1.1 to 4.9 M CNY/year)" in text
    assert [c.strip() for c in rows(text, "free_sulfate").split("|")[1:-1]] == [
        "free_sulfate",
        "27.1",
        "29.4",
        "+2.3",
        "g/L",
        "20 to 40",
    ]
    assert [c.strip() for c in rows(text, "steam").split("|")[1:-1]] == [
        "steam",
        "at most 33 t/h",
        "31.9",
        "92.4 %",
        "93.1 %",
        "not worse than now",
    ]
    assert text.rstrip().endswith("Card: out/card.html")


def test_what_it_is_worth_is_said_to_be_net_of_costs(proposed):
    costs = OutcomeLine(name="running costs", unit="CNY/h", now=12.0, proposed=14.99, change=2.99, low=2.9, high=3.1, level=0.9)
    text = recommendation_table(proposed.model_copy(update={"outcomes": (*proposed.outcomes, costs)}), terminal=False)
    assert "It is net of running costs, which change by +3.0 CNY/h." in text
    assert "net of" not in recommendation_table(proposed, terminal=False)


@pytest.mark.parametrize("status", ["proposed", "no_change", "refused"])
def test_without_a_terminal_the_text_is_ascii_and_at_most_100_wide(make, status):
    text = recommendation_table(getattr(make, status)(), terminal=False)
    assert text.isascii()
    assert max(map(len, text.splitlines())) <= 100
    assert not any(word in text for word in ("None", "nan"))


def test_no_change_names_the_candidate_as_not_proposed(no_change):
    text = recommendation_table(no_change, terminal=False)
    assert "Best change considered, NOT PROPOSED" in text
    assert "Its estimated improvement in recovery: 0.08 %-points, 90 % interval -0.11 to 0.27 %-points." in text
    assert "- A randomised trial of 8 blocks" in text
    assert "Worth" not in text


def test_a_reason_of_two_lines_stands_as_one_item(make):
    reason = "word " * 30
    text = recommendation_table(make.no_change(reasons=(reason, "Another.")), terminal=False)
    first, second, third = text.partition("- word")[2].splitlines()[:3]
    assert first.startswith(" word")
    assert second.startswith("  word")
    assert third == "- Another."


def test_refused_says_why(refused):
    text = recommendation_table(refused, terminal=False)
    assert "Refused: these records cannot support an answer" in text
    assert "31 usable periods of 402; at least 50 are needed (disqualifies the data)" in text
    assert "Placebo" not in text


def test_names_are_text_not_markup(hostile):
    text = recommendation_table(hostile, terminal=True)
    assert "\x1b[31mred" not in text
    assert "[link](http://example.invalid)" in text.replace("\n", " ")
    assert "磷酸装置一号线" in text


def test_a_terminal_gets_colour(proposed):
    assert "\x1b[" in recommendation_table(proposed, terminal=True)
    assert "\x1b[" not in recommendation_table(proposed, terminal=False)


def test_findings_alone(refused):
    text = findings_table(refused.findings, terminal=False)
    assert text.index("D201") < text.index("D104")
    assert findings_table((), terminal=False) == "Findings: none\n"


def test_more_findings_are_counted(make):
    text = recommendation_table(make.proposed(findings=make.proposed().findings * 4), terminal=False)
    assert "and 6 more findings in recommendation.json" in text


def test_one_more_finding_is_one(make):
    findings = make.proposed().findings * 4
    text = recommendation_table(make.proposed(findings=findings[: FINDINGS_SHOWN + 1]), terminal=False)
    assert "and 1 more finding in recommendation.json" in text
