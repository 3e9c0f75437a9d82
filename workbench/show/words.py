"""The sentences of an answer, one wording for card, terminal and MLflow: verdict, gain, money, settings, limits."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime

from workbench.records import (
    Finding,
    Gain,
    LimitLine,
    Money,
    Recommendation,
    SettingLine,
    round_significant,
)
from workbench.show.digits import (
    UNKNOWN,
    decimals_beside,
    decimals_for,
    decimals_of,
    exact_text,
    money_text,
    number_text,
    share_text,
)
from workbench.wording import counted, moment_text, shown_unit, unit_of_change

__all__ = [
    "STATUS_WORDS",
    "bound_text",
    "change_text",
    "findings_in_order",
    "gain_texts",
    "headline",
    "is_changed",
    "level_text",
    "limit_held_note",
    "money_texts",
    "next_step",
    "objective_name",
    "one_line",
    "setting_texts",
    "then_word",
    "time_text",
]

STATUS_WORDS = {"proposed": "Proposed", "no_change": "No change", "refused": "Refused"}
AS_NOW = 0.005  # [-] a share that is smaller by less reads as the present one; own assumption
HELD_SHARE_WANTED = 0.95  # share of single periods within a limit that a proposal needs, or today's where that is lower
OBJECTIVE_LENGTH = 48  # [characters] a longer formula is named "the objective" and written out among the evidence
FINDING_ORDER = "TMDLS"  # first letters of codes: the answer, the model, the data, the source, the sheet
_TEMPERATURE = re.compile(r"°|deg|^pH$")  # units whose zero is a matter of agreement
NOT_PRICED = "Not priced: the plant sheet gives no yearly money value for this objective."


def one_line(text: str) -> str:
    r"""Return `text` on one line, control and formatting characters made visible as `?`: names come from foreign files.

    Examples
    --------
    >>> one_line("TI-7\x1b[31m\nhot")
    'TI-7?[31m hot'
    """
    return "".join("?" if unicodedata.category(c) in {"Cc", "Cf", "Cs"} else c for c in " ".join(text.split()))


def headline(recommendation: Recommendation) -> tuple[str, str]:
    """Return the verdict in a few words and the sentence that goes with it."""
    if recommendation.status == "proposed":
        changed = sum(map(is_changed, recommendation.settings))
        return (
            f"Proposed: change {counted(changed, 'setting')}",
            "The records support this change. It is a promise until a trial on the plant proves it.",
        )
    if recommendation.status == "no_change" and recommendation.regimes:
        return (
            "One setting for all: no change",
            "The records support no such change that could be proved; settings that follow "
            f"{_followed(recommendation)} may pay, see the table.",
        )
    if recommendation.status == "no_change":
        return "No change: keep the settings as they are", "The records support no change that could be proved."
    refusing = sum(f.refuses for f in recommendation.findings)
    why = (
        f"{counted(refusing, 'finding')} {'disqualifies' if refusing == 1 else 'disqualify'} the data"
        if refusing
        else "The data are disqualified"
    )
    return "Refused: these records cannot support an answer", f"{why}; nothing is proposed, and nothing is promised."


def next_step(recommendation: Recommendation) -> str:
    """Return what a person does now."""
    if recommendation.status == "proposed":
        return (
            "Nothing changes on the plant until a named person approves this and a trial is planned. A proof asks for more than"
            " a proposal: the plan says how long it takes, which may be longer than a trial is allowed to last."
        )
    if recommendation.status == "no_change" and recommendation.regimes:
        return "Such a table cannot be approved or put on trial from here. Ask again when there are new records."
    if recommendation.status == "no_change":
        return "Nothing to do on the plant. Ask again when there are new records."
    return "Mend what the reasons name, then ask again."


def is_changed(setting: SettingLine) -> bool:
    """Return whether a setting is proposed to move, however little: the promise and the limits ask for all of it.

    Examples
    --------
    >>> line = SettingLine(name="a", tag="a", unit="g/L", now=27.1, proposed=27.0, low=20, high=40, max_step=3)
    >>> is_changed(line), is_changed(line.model_copy(update={"proposed": 27.1}))
    (True, False)
    """
    held = [round_significant(v) if isinstance(v, float) else v for v in (setting.now, setting.proposed)]  # as in the record
    return held[1] is not None and held[0] != held[1]


def setting_texts(setting: SettingLine) -> tuple[str, str]:
    """Return `now` and `proposed` as text without unit, with as many decimals as their difference or the step needs.

    A proposed value is what people type: it has all six significant digits of the record, and `now` as many decimals.

    Examples
    --------
    >>> line = SettingLine(name="a", tag="a", unit="g/L", now=27.123, proposed=29.4, low=20, high=40, max_step=3)
    >>> setting_texts(line), setting_texts(line.model_copy(update={"proposed": 28.95}))
    (('27.1', '29.4'), ('27.12', '28.95'))
    """
    decimals = _setting_decimals(setting)
    proposed = setting.proposed
    if isinstance(proposed, float) and is_changed(setting):
        return _value_text(setting.now, decimals), _typed_text(proposed, decimals)
    return _value_text(setting.now, decimals), _value_text(proposed, decimals)


def change_text(setting: SettingLine) -> str:
    """Return the change with its sign and without its unit, `unchanged`, a dash for the unknown."""
    now, proposed = setting.now, setting.proposed
    if proposed is None:
        return UNKNOWN
    if not is_changed(setting):
        return "unchanged"
    if isinstance(now, str) or isinstance(proposed, str):
        return "other choice"
    if now is None:
        return UNKNOWN
    return number_text(proposed - now, _setting_decimals(setting), sign=True)


def gain_texts(gain: Gain) -> tuple[str, str]:
    """Return the expected gain with its unit, and its interval in words.

    Examples
    --------
    >>> gain_texts(Gain(objective="recovery", unit="%", expected=0.61, low=0.22, high=0.98, level=0.9))
    ('0.61 %-points', '90 % interval 0.22 to 0.98 %-points')
    """
    decimals = decimals_beside(gain.expected, gain.low, gain.high)
    unit = unit_of_change(gain.unit)
    expected = f"{number_text(gain.expected, decimals)} {unit}".strip()
    low, high = number_text(gain.low, decimals), number_text(gain.high, decimals)
    return expected, f"{share_text(gain.level)} interval {low} to {high} {unit}".strip()


def level_text(r: Recommendation) -> str:
    """Return the objective's level at the present settings, and the share of it that the gain is; empty where it is not known.

    A share is said of what is counted from nothing: not of percentages and temperatures, nor of what is below zero.
    """
    gain, level = r.gain, r.objective_now
    if gain is None or level is None:
        return ""
    text = f"now {number_text(level, decimals_for(gain.high - gain.low))} {shown_unit(gain.unit)}".rstrip()
    has_zero = level > 0 and "%" not in gain.unit and not _TEMPERATURE.search(gain.unit)
    return f"{text}; the improvement is {100 * gain.expected / level:.2g} % of it" if has_zero else text


def money_texts(money: Money | None, level: float | None = None) -> tuple[str, str]:
    """Return the expected value per year and its interval; the reason and an empty text where there is no price.

    Examples
    --------
    >>> money_texts(Money(currency="CNY", expected=3.05e6, low=1.1e6, high=4.9e6), 0.9)
    ('3.1 M CNY/year', '90 % interval 1.1 to 4.9 M CNY/year')
    """
    if money is None:
        return NOT_PRICED, ""
    unit = f"{money.currency}/year"
    name = f"{share_text(level)} interval" if level is not None else "interval"
    return money_text([money.expected], unit), f"{name} {money_text([money.low, money.high], unit, beside=money.expected)}"


def bound_text(limit: LimitLine) -> str:
    """Return the limit in words: `at most 0.6 %`."""
    unit = shown_unit(limit.unit)
    return f"{'at most' if limit.bound == 'high' else 'at least'} {exact_text(limit.value)} {unit}".strip()


def objective_name(text: str) -> str:
    """Return the objective as people call it: its variable or short formula, else `the objective`.

    Examples
    --------
    >>> objective_name("recovery"), objective_name("a*b + " * 10 + "c")
    ('recovery', 'the objective')
    """
    line = one_line(text)
    return line if len(line) <= OBJECTIVE_LENGTH else "the objective"


def then_word(recommendation: Recommendation) -> str:
    """Return what the other settings beside the present ones are: `proposed`, or only `considered`."""
    return "proposed" if recommendation.status == "proposed" else "considered"


def limit_held_note(limit: LimitLine) -> tuple[str, str]:
    """Return a grade (`good`, `same`, `bad`, `unknown`) and its word for the share of periods held at the proposed settings."""
    held, now = limit.probability_held, limit.now
    if held is None:
        return "unknown", "not known"
    if held >= HELD_SHARE_WANTED:
        return "good", "held"
    if now is not None and held >= now:
        return "same", "not worse than now"
    if now is not None and now - AS_NOW <= held and now < HELD_SHARE_WANTED:
        return "same", "about as often as now"
    return "bad", "worse than now" if now is not None else "below 95 %"


def findings_in_order(recommendation: Recommendation) -> tuple[Finding, ...]:
    """Return the findings, those that refuse the data first, then those nearest to the answer; a list is often cut short."""
    order = {letter: place for place, letter in enumerate(FINDING_ORDER)}
    return tuple(sorted(recommendation.findings, key=lambda f: (not f.refuses, order.get(f.code[:1], len(order)))))


def time_text(stamp: str | None, timezone: str | None = None) -> str:
    """Return an ISO stamp in plant time, UTC where it is not known; text that is no stamp as it is, a dash for None.

    Examples
    --------
    >>> time_text("2026-01-12T06:00:00Z", "Asia/Shanghai"), time_text(None)
    ('12 Jan 2026 14:00 Asia/Shanghai', '–')
    """
    if stamp is None:
        return UNKNOWN
    try:
        moment = datetime.fromisoformat(stamp)
    except ValueError:
        return one_line(stamp)
    if moment.tzinfo is None:
        return f"{moment.day} {moment:%b %Y %H:%M}"
    return moment_text(moment, timezone or "UTC")


def _followed(r: Recommendation) -> str:
    """The conditions that tables of settings by regime follow."""
    return " or ".join(one_line(table.condition).replace("_", " ") for table in r.regimes)


def _setting_decimals(setting: SettingLine) -> int:
    """Whole numbers stay whole; the change, or the step where nothing changes, keeps two digits, a new value all it has."""
    now, proposed = setting.now, setting.proposed
    shown = [v for v in (now, proposed) if isinstance(v, float)]
    if shown and all(v.is_integer() for v in shown):
        return 0
    change = proposed - now if isinstance(now, float) and isinstance(proposed, float) and is_changed(setting) else None
    span = None if setting.low is None or setting.high is None else (setting.high - setting.low) / 10
    typed = decimals_of(proposed) if isinstance(proposed, float) and is_changed(setting) else 0
    return max(typed, decimals_for(change or setting.max_step or span))


def _typed_text(value: float, decimals: int) -> str:
    """A value that people type: `number_text` of the record's digits, which would cut very small and very large ones."""
    held = float(f"{value:.6g}")
    text = number_text(held, decimals)
    return exact_text(held) if "e" in text else text


def _value_text(value: float | str | None, decimals: int) -> str:
    return one_line(value) if isinstance(value, str) else number_text(value, decimals)
