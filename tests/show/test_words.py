import re

import pytest

from workbench.records import Finding, Gain, HiddenCause, LimitLine, ModelLine, Money, Placebo, SettingLine, Support
from workbench.show import card_html, evidence, recommendation_markdown, recommendation_table, words


def test_the_placebo_line_is_said_in_words():
    assert evidence.placebo_sentence(Placebo(false_alarms=3, runs=100, rate=0.03, high=0.085)) == (
        "The same choice, replayed on this plant's own past with the effects removed, "
        "proposed a change in 3 of 100 runs (at most 8.5 %)."
    )
    assert evidence.placebo_sentence(None) == "Not run."


def test_readings_are_counted_with_the_reasons_of_those_set_aside(make):
    assert evidence.readings_sentence(make.lineage()) == (
        "41,296 readings = 40,112 used + 1,184 set aside (bad quality 951; text where a number belongs 184; duplicate stamp 49)"
    )
    assert evidence.periods_sentence(make.lineage(periods_set_aside={})) == "1,874 periods = 1,874 used + 0 set aside"


def test_each_status_has_its_verdict(proposed, no_change, refused):
    assert words.headline(proposed)[0] == "Proposed: change 4 settings"
    assert words.headline(no_change)[0] == "No change: keep the settings as they are"
    assert "A proof asks for more than a proposal: the plan says how long it takes" in words.next_step(proposed)
    title, why = words.headline(refused)
    assert title == "Refused: these records cannot support an answer"
    assert why == "2 findings disqualify the data; nothing is proposed, and nothing is promised."


def test_one_changed_setting_is_singular(make):
    assert words.headline(make.proposed(settings=make.settings()[:1]))[0] == "Proposed: change 1 setting"


def test_a_trifle_counts_as_a_change(make):
    line = make.settings()[0].model_copy(update={"now": 27.0, "proposed": 27.01, "max_step": 3.0})
    assert words.headline(make.proposed(settings=(line,)))[0] == "Proposed: change 1 setting"


@pytest.mark.parametrize(
    ("now", "proposed", "step", "texts", "change"),
    [
        (27.1234, 29.4, 3.0, ("27.1", "29.4"), "+2.3"),
        (14.3929, 16.35, 2.0, ("14.39", "16.35"), "+1.96"),  # 16.4 would be more than a step away
        (7.45, 5.95, 2.0, ("7.45", "5.95"), "-1.50"),
        (1.2e-5, 1.11251e-5, 2e-6, ("1.2e-5", "1.11251e-05"), "-8.75e-7"),
        (27.1234, 29.4321987, 3.0, ("27.1234", "29.4322"), "+2.3088"),  # six significant digits, as the record has them
        (4.0, 5.0, 1.0, ("4", "5"), "+1"),
        (1450.02, 1450.27, 4.0, ("1,450.02", "1,450.27"), "+0.25"),
        (27.1234, 27.1234, 3.0, ("27.1", "27.1"), "unchanged"),
        (6.7, 6.700000000000001, 0.2, ("6.70", "6.70"), "unchanged"),  # the record holds six digits: a mean is seldom round
        (27.1234, 27.2, 3.0, ("27.123", "27.200"), "+0.077"),  # 2.6 % of the largest step: tried, so shown
        (None, 29.4, 3.0, ("–", "29.4"), "–"),
        (27.1, None, 3.0, ("27.1", "–"), "–"),
        ("strip", "keep", None, ("strip", "keep"), "other choice"),
    ],
)
def test_settings_show_as_many_decimals_as_their_change_needs(now, proposed, step, texts, change):
    line = SettingLine(name="s", tag="S", unit="g/L", now=now, proposed=proposed, low=0, high=2000, max_step=step)
    assert words.setting_texts(line) == texts
    assert words.change_text(line) == change


def test_the_value_to_type_is_the_record_s_wherever_it_is_shown(make):
    line = make.settings()[2].model_copy(update={"now": 14.3929, "proposed": 16.35, "low": 10, "high": 18, "max_step": 2})
    record = make.proposed(settings=(line,))
    for shown in (card_html(record), recommendation_table(record), recommendation_markdown(record)):
        assert "16.35" in shown
        assert "16.4" not in shown


@pytest.mark.parametrize(
    ("held", "now", "grade"),
    [
        (0.99, 0.98, "good"),
        (0.93, 0.92, "same"),
        (0.917, 0.918, "same"),
        (0.948, 0.952, "bad"),  # 95 % is held today
        (0.93, 0.94, "bad"),
        (0.93, None, "bad"),
        (None, 0.9, "unknown"),
    ],
)
def test_a_limit_is_graded_against_95_percent_and_today(held, now, grade):
    line = LimitLine(name="l", bound="high", value=1, predicted=0.5, probability_held=held, now=now)
    assert words.limit_held_note(line)[0] == grade


def test_money_and_its_interval_are_written_at_one_scale():
    money = Money(currency="CNY", expected=787_000.0, low=548_000.0, high=1_025_000.0)
    assert words.money_texts(money, 0.9) == ("787 k CNY/year", "90 % interval 548 to 1,025 k CNY/year")


def test_support_and_model_are_sentences(make):
    assert evidence.support_sentence(Support(nearest_periods=1, inside=True)).startswith(
        "1 of the plant's own period lies near"
    )
    assert "OUTSIDE" in evidence.support_sentence(Support(nearest_periods=3, inside=False))
    assert evidence.support_sentence(None).startswith("Not applicable")
    assert "skill 0.41" in evidence.model_sentence(ModelLine(kind="surrogate", skill=0.41), make.lineage())
    assert evidence.model_sentence(ModelLine(kind="simulator", name="acid"), make.lineage()).startswith(
        "First-principles simulator (acid)"
    )


def test_a_gain_without_width_keeps_its_digits():
    gain = Gain(objective="o", unit="kWh/t", expected=35.21, low=35.21, high=35.21, level=0.9)
    assert words.gain_texts(gain)[0] == "35 kWh/t"


def test_disqualifying_findings_come_first(refused):
    assert [f.code for f in words.findings_in_order(refused)] == ["D201", "D203", "D104", "D131"]


def test_findings_nearest_to_the_answer_come_next(proposed):
    codes = ["S101", "D101", "X1", "T102", "L111", "D104", "M103"]
    record = proposed.model_copy(update={"findings": tuple(Finding(code=c, text="said") for c in codes)})
    assert [f.code for f in words.findings_in_order(record)] == ["T102", "M103", "D101", "D104", "L111", "S101", "X1"]


def test_a_plain_number_has_no_unit():
    gain = Gain(objective="o", unit="-", expected=0.031, low=0.012, high=0.05, level=0.9)
    assert words.gain_texts(gain) == ("0.031", "90 % interval 0.012 to 0.050")


def test_text_from_files_is_made_harmless_for_terminals():
    assert words.one_line("a\x1b]0;title\x07\r\nb\u202e") == "a?]0;title? b?"
    assert Finding(code="D1", text="x").refuses is False


def test_bounds_are_never_rounded(proposed):
    # someone would set 214 where 213.5 is the most
    limit = proposed.limits[0].model_copy(update={"bound": "high", "value": 1043.5, "unit": "t/h"})
    setting = proposed.settings[0].model_copy(update={"low": 203.25, "high": 213.5})
    record = proposed.model_copy(update={"settings": (setting, *proposed.settings[1:])})
    assert words.bound_text(limit) == "at most 1,043.5 t/h"
    assert "203.25 to 213.5" in recommendation_table(record)
    assert "203.25 to 213.5" in recommendation_markdown(record)
    assert ">213.5<" in card_html(record, [])


def test_from_when_to_when_gain_and_limits_are_judged_is_said_wherever_they_stand(make):
    window = {"recent_from": "2025-11-14T00:00:00+08:00", "recent_to": "2026-01-12T12:00:00+08:00", "recent_periods": 360}
    r = make.proposed(lineage=make.lineage(**window))
    said = "Gain and limits are judged under the conditions of 14 Nov 2025 to 12 Jan 2026 (360 of 1,874 usable periods)."
    assert evidence.judged_sentence(r.lineage) == said
    assert said in " ".join(recommendation_table(r, terminal=False).split())
    assert said in card_html(r)
    assert said in recommendation_markdown(r)
    assert evidence.judged_sentence(make.lineage(recent_periods=60)).endswith("of the last 60 of 1,874 usable batches.")
    assert "are judged under" not in card_html(make.proposed())  # a record of a version that kept no window


def test_the_level_that_a_gain_comes_from_is_said_where_it_is_known(proposed):
    assert words.level_text(proposed) == ""  # a record of a version that kept none
    assert words.level_text(proposed.model_copy(update={"objective_now": 95.02})) == "now 95.02 %"
    gain = Gain(objective="2*steam / ore", unit="t/h", expected=0.78, low=0.5, high=1.06, level=0.9)
    steam = proposed.model_copy(update={"gain": gain, "objective_now": 31.2})
    assert words.level_text(steam) == "now 31.20 t/h; the improvement is 2.5 % of it"
    assert words.level_text(steam.model_copy(update={"objective_now": -3.0})) == "now -3.00 t/h"
    assert words.level_text(steam.model_copy(update={"gain": None})) == ""
    assert "the improvement is 2.5 % of it" in card_html(steam).replace("\u00a0", " ").replace("\u202f", " ")


def test_batches_are_called_batches_wherever_an_answer_counts_rows(make):
    window = {"recent_from": "2025-11-14T00:00:00+08:00", "recent_to": "2026-01-12T20:00:00+08:00", "recent_periods": 360}
    r = make.proposed(lineage=make.lineage(batches=True, **window), findings=())
    texts = [card_html(r), recommendation_markdown(r), recommendation_table(r, terminal=False)]
    for text in texts:
        said = " ".join(re.sub(r"<script.*?</script>|<style.*?</style>", "", text, flags=re.DOTALL).split())
        assert "(360 of 1,874 usable batches)" in said
        assert "of the plant's own batches lie near" in said.replace("&#39;", "'")
        assert "Learned from 1,874 batches" in said
        assert not re.search(r"\bperiods?\b", said, flags=re.IGNORECASE)


def test_no_row_near_and_yet_inside_is_no_contradiction():
    said = "None of the plant's own periods lies near these settings, though they lie inside what the history covers."
    assert evidence.support_sentence(Support(nearest_periods=0, inside=True)) == said


def test_a_weak_cause_is_as_strong_in_the_evidence_as_in_its_finding():
    """0.058 times as strong in T107 was 0.1 times beside it."""
    strengths = {"robustness": 0.06, "robustness_low": 0.02, "condition_with_move": 0.64, "condition_with_objective": 0.4}
    hidden = HiddenCause(condition="load", times=0.058, slow_chance=0.4, slow_setting=None, **strengths)
    assert ", 0.058 times as strong as load " in evidence.hidden_sentence(hidden)


def test_no_cause_is_told_by_a_condition_that_does_next_to_nothing():
    """99 times as strong as one that explains nothing sounded like much: a fifth of both was enough."""
    strengths = {"robustness": 0.246, "robustness_low": 0.206, "condition_with_move": 2e-6, "condition_with_objective": 0.004}
    hidden = HiddenCause(condition="ambient", times=99.0, slow_chance=0.4, slow_setting=None, **strengths)
    said = "that explains 25 % of what is left of both, move and objective, could at worst erase the gain."
    assert evidence.hidden_sentence(hidden) == f"A cause that nobody measured {said}"
