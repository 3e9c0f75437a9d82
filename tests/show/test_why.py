"""Why these settings, in words: sentences and the table, by hand."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from workbench.records import ChangeEffect, Gain, LimitEffect, NextMove, Recommendation, RelaxedLimit, Variant, Why
from workbench.show.why import why_markdown, why_sentences


@pytest.fixture
def why(proposed: Recommendation) -> Why:
    first, *rest = proposed.settings
    gain = Gain(objective="recovery", unit="%", expected=0.55, low=0.2, high=0.9, level=0.9)
    loss = LimitEffect(name="cake_loss", bound="high", unit="%", change=-0.05, low=-0.09, high=-0.01)
    only_first = (first, *(s.model_copy(update={"proposed": s.now}) for s in rest))
    return Why(
        changes=(
            ChangeEffect(setting="free_sulfate", gain=0.5, low=0.2, high=0.8, periods=1210, limits=(loss,)),
            ChangeEffect(setting="<b>", gain=0.1, low=-0.1, high=0.3, periods=3, limits=()),
        ),
        relaxed=(RelaxedLimit(name="cake_loss", bound="high", unit="%", value=0.6, relaxed=0.63, worth=0.12),),
        fewest=Variant(settings=only_first, gain=gain, share=0.9, overlap=0.97),
        second=Variant(settings=only_first, gain=gain, share=0.9, overlap=0.2),
    )


def test_sentences(proposed: Recommendation, why: Why) -> None:
    said = dict(why_sentences(proposed.model_copy(update={"why": why})))
    assert said["Each alone"] == "free_sulfate +0.50 (+0.20 to +0.80), <b> +0.10 (-0.10 to +0.30) %-points (90 % intervals)."
    assert said["Binding"] == "cake_loss: at most 0.630 instead of 0.600 % would add 0.12 %-points."
    assert said["Fewer"].endswith("alone would keep 90 % of the gain: 0.55 %-points, 90 % interval 0.20 to 0.90 %-points.")
    more = why.fewest.model_copy(update={"share": 1.128})  # less sure than all changes together, but more in the middle
    all_of_it = dict(why_sentences(proposed.model_copy(update={"why": why.model_copy(update={"fewest": more})})))
    assert "alone would keep all of the gain: 0.55 %-points, 90 % interval" in all_of_it["Fewer"]
    assert said["Another way"].startswith("free_sulfate to ")
    assert "To know more" not in said
    bound = why.relaxed[0].model_copy(update={"low": 0.02, "high": 0.22})
    said = dict(why_sentences(proposed.model_copy(update={"why": why.model_copy(update={"relaxed": (bound,)})})))
    assert said["Binding"] == "cake_loss: at most 0.630 instead of 0.600 % would add +0.12 (+0.02 to +0.22) %-points."


def test_changes_beyond_those_named_are_counted_apart_from_the_unit(proposed: Recommendation, why: Why) -> None:
    changes = (*(why.changes[0].model_copy(update={"setting": f"s{k}"}) for k in range(5)),)
    said = dict(why_sentences(proposed.model_copy(update={"why": why.model_copy(update={"changes": changes})})))
    assert said["Each alone"].endswith("s3 +0.50 (+0.20 to +0.80) %-points (90 % intervals); and 1 more change.")


def test_what_is_after_costs_says_so(proposed: Recommendation, why: Why) -> None:
    net = Gain(objective="recovery", unit="%", expected=0.35, low=0.1, high=0.6, level=0.9)
    assert why.fewest is not None
    update = {
        "changes": (why.changes[0].model_copy(update={"net": net}), why.changes[1].model_copy(update={"net": net})),
        "fewest": why.fewest.model_copy(update={"net": net}),
        "second": why.fewest.model_copy(update={"net": net}),
    }
    record = proposed.model_copy(update={"why": why.model_copy(update=update)})
    said = dict(why_sentences(record))
    assert (
        said["Each alone"]
        == "free_sulfate +0.35 (+0.10 to +0.60), <b> +0.35 (+0.10 to +0.60) %-points after costs (90 % intervals)."
    )
    assert said["Binding"] == "cake_loss: at most 0.630 instead of 0.600 % would add 0.12 %-points after costs."
    assert "alone would keep 90 % of the gain after costs: 0.35 %-points, 90 % interval 0.10" in said["Fewer"]
    assert said["Fewer"].endswith("to 0.60 %-points (0.55 %-points before costs).")
    assert ": 0.35 %-points after costs, 90 % interval 0.10" in said["Another way"]
    text = why_markdown(record)
    assert "improvement after costs" in text
    assert "| free\\_sulfate | +0.35 (+0.10 to +0.60) | +0.50 (+0.20 to +0.80) |" in text


def test_a_change_that_is_allowed_only_together_is_named(proposed: Recommendation, why: Why) -> None:
    first, second = why.changes
    alone = (first.model_copy(update={"inside": False, "broken": ("cake_loss",)}), second)
    record = proposed.model_copy(update={"why": why.model_copy(update={"changes": alone})})
    where = "free_sulfate alone lies outside what the history covers"
    assert dict(why_sentences(record))["Not alone"] == f"{where} and does not hold the limit of cake_loss as asked."
    assert "Not alone" not in dict(why_sentences(proposed.model_copy(update={"why": why})))


def test_a_step_that_does_not_reach_the_range_is_named(proposed: Recommendation, why: Why) -> None:
    first, *rest = proposed.settings
    settings = (first.model_copy(update={"proposed": first.high + 1.0}), *rest)
    record = proposed.model_copy(update={"why": why, "settings": settings})
    assert dict(why_sentences(record))["Not alone"] == "free_sulfate alone is still outside its range."


def test_table_has_intervals_and_escapes_names(proposed: Recommendation, why: Why) -> None:
    text = why_markdown(proposed.model_copy(update={"why": why}))
    assert "| free\\_sulfate | +0.50 (+0.20 to +0.80) | -0.050 (-0.090 to -0.010) | 1,210 |" in text
    assert "<b>" not in text


def test_next_move(proposed: Recommendation) -> None:
    first = proposed.settings[0]
    move = NextMove(weeks=5.0, setting=first.name, to=first.high, worth=0.1, measure="LAB.REC", why="recovery is rare")
    said = dict(why_sentences(proposed.model_copy(update={"why": Why(next_move=move)})))
    assert said["To know more"].startswith(f"Trying {first.name} at ")
    assert said["To know more"].endswith("would teach most. Measure LAB.REC more often: recovery is rare.")


def test_every_sentence_of_the_next_move_begins_with_a_capital(proposed: Recommendation) -> None:
    first = proposed.settings[0]
    move = NextMove(weeks=5.0, setting=first.name, to=first.high, worth=0.1, measure=None, why="something slow moves with it")
    said = dict(why_sentences(proposed.model_copy(update={"why": Why(next_move=move)})))
    assert said["To know more"].endswith("would teach most. Something slow moves with it.")


def test_nothing_to_say(proposed: Recommendation) -> None:
    assert why_sentences(proposed) == []
    assert why_markdown(proposed) == "Nothing is proposed and nothing was considered.\n"


def test_the_record_keeps_it(proposed: Recommendation, why: Why) -> None:
    record = proposed.model_copy(update={"why": why})
    assert Recommendation.from_json(record.to_json()).why == why


def test_card_and_terminal_say_it(proposed: Recommendation, why: Why) -> None:
    from workbench.show import card_html, recommendation_markdown, recommendation_table

    record = proposed.model_copy(update={"why": why})
    shown: list[Callable[[Recommendation], str]] = [card_html, recommendation_markdown, recommendation_table]
    for show in shown:
        assert "Another way" in show(record)
