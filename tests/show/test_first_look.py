import polars as pl
import pytest

from workbench.records import Finding
from workbench.show import findings_markdown, gain_markdown, shares_data, variables_markdown

SHARES = pl.DataFrame(
    {"part": ["settings", "conditions", "drift and time of day", "unexplained"], "share": [0.3, 0.5, -0.01, 0.21]}
)


def effects(low: float) -> pl.DataFrame:
    row = {"setting": "wash_ratio", "unit": "t/t", "choice": None, "step": 0.0073, "gain": 55.4, "low": low, "high": 110.0}
    return pl.DataFrame([row | {"value_per_year": 416000.0}], schema_overrides={"choice": pl.String})


def test_refusing_findings_stand_alone_before_the_table():
    refusing = Finding(code="D201", text="31 usable periods: 50 are needed", refuses=True)
    text = findings_markdown((Finding(code="D103", tag="TI|7", text="a spike"), refusing), (refusing,))
    assert text.startswith("**These records cannot be tuned on.**\n\n- **D201** 31 usable periods")
    assert text.count("D201") == 1
    assert "1 thing to know" in text
    assert "TI\\|7" in text
    assert "nothing to say against" in findings_markdown(())
    apart = Finding(code="D102", tag="air_2", text="never near low..high: 4 to 6")
    assert "**These records can be tuned on, but air\\_2 is left alone (D102).**" in findings_markdown((apart,))


def test_gain_is_said_in_plain_words():
    text = gain_markdown(0.42, SHARES, effects(1.0), unit="CNY/h", currency="CNY")
    assert "**Skill 0.42**: settings and conditions tell well" in text
    assert "**30 % of the objective's ups and downs go with the settings**" in text
    assert "none that can be told with slow drift" in text
    assert "wash ratio up by 0.0073 t/t: +55.4 CNY/h (90 % interval +1 to +110), +416 k CNY/year" in text


@pytest.mark.parametrize(
    ("settings", "conditions", "said"),
    [
        (
            -0.004,
            1.003,
            "**None of the objective's ups and downs can be told to go with the settings**, about all with conditions",
        ),
        (1.003, -0.004, "**About all of the objective's ups and downs go with the settings**, none that can be told with cond"),
        (0.0, 1.0, "**0 % of the objective's ups and downs go with the settings**, 100 % with conditions"),
    ],
)
def test_no_share_is_below_none_or_above_all(settings, conditions, said):
    shares = SHARES.with_columns(share=pl.Series([settings, conditions, 0.0, 0.0]))
    assert said in gain_markdown(0.42, shares, effects(1.0), unit="%", currency=None)
    assert not any("−" in text or "100.3" in text for text in shares_data(shares)["text"])


@pytest.mark.parametrize(
    ("skill", "words"),
    [(0.1, "tell a little"), (0.004, "tell nothing"), (-0.004, "tell nothing"), (-0.2, "ups and downs are larger")],
)
def test_low_skill_is_said(skill, words):
    assert words in gain_markdown(skill, SHARES, effects(-3.0), unit="%", currency=None)


def test_no_effect_and_no_model_are_said():
    assert "No setting stands clear of zero" in gain_markdown(0.1, SHARES, effects(-3.0), unit="%", currency=None)
    assert "No setting moved" in gain_markdown(0.1, SHARES, effects(1.0).head(0), unit="%", currency=None)
    assert "Nothing was learned" in gain_markdown(None, SHARES.head(0), effects(1.0).head(0), unit="%", currency=None)


def test_variables_have_the_digits_of_their_spread():
    row = {"variable": "solids", "role": "setting", "unit": "%", "mean": 33.0, "sd": 0.575, "min": 31.6, "max": 34.4}
    text = variables_markdown(pl.DataFrame([row | {"moves": 59, "moves_per_week": 2.36, "share_missing": 0.0}]))
    assert "| setting | solids | % | 33.00 | 0.58 | 31.60 | 34.40 | 59 | 2.4 | 0 % |" in text
