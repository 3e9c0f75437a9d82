"""A promise that somebody else made, as a recommendation: from then on it is approved, tried and measured like any other."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Literal

import polars as pl

from workbench import __version__
from workbench.errors import InputError, closest_hint
from workbench.plant import Sheet
from workbench.records import Gain, LimitLine, Lineage, ModelLine, Money, Recommendation, SettingLine
from workbench.verify.costs import AMOUNT_HIGHEST
from workbench.verify.log import storable
from workbench.verify.promise import PROVIDER
from workbench.wording import shown_unit

__all__ = ["Move", "foreign_promise"]

LEVEL = 0.9  # of the interval, as of our own promises [-]

Move = tuple[str, str, str]


def foreign_promise(
    sheet: Sheet,
    provider: str,
    moves: Sequence[Move],
    expected: float,
    low: float | None = None,
    high: float | None = None,
    *,
    in_money: bool = False,
    what: str = "",
    at: datetime | None = None,
) -> Recommendation:
    """Return another provider's promise as a recommendation, for `record_promise`.

    It is measured as ours are: the settings by their limits and largest steps in the sheet, the gain in the objective's unit,
    the money at the sheet's price. A change that was made before the promise was entered does not count for it.

    Parameters
    ----------
    sheet : Sheet
        Of the plant.
    provider : str
        Who promises.
    moves : sequence of (str, str, str)
        A setting's name, its value now and the one advised, as typed [unit of the setting]; one or more.
    expected : float
        Promised gain, above 0, more is better; it and its yearly money are at most `AMOUNT_HIGHEST` [unit of the objective, or
        with `in_money` the sheet's currency/year].
    low, high : float, optional
        Its 90 % interval, in the same unit; without them the promise is taken at its word.
    in_money : bool
        Whether the promise is an amount of money a year.
    what : str
        What was said, in words.
    at : datetime, optional
        Moment of the promise; default now.

    Raises
    ------
    InputError
        If provider, moves or numbers are none, a move leaves what the sheet allows, or money is promised and the sheet has no
        price.
    """
    moment = (at or datetime.now(UTC)).astimezone(UTC)
    name = _provider(provider)
    gain, money = _promised(sheet, expected, low, high, in_money=in_money)
    said = storable(" ".join(what.split()))
    return Recommendation(
        id="",
        created=moment.isoformat(timespec="seconds"),
        as_of=None,
        plant=sheet.name,
        title=sheet.title,
        status="proposed",
        reasons=(f"promised by {name}{f': {said}' if said else ''}",),
        settings=_settings(sheet, moves),
        gain=gain,
        value_per_year=money,
        objective=sheet.objective_line,
        limits=_limits(sheet),
        support=None,
        candidate=None,
        findings=(),
        model=ModelLine(kind="foreign", name=name),
        placebo=None,
        lineage=Lineage(
            sheet_sha256=sheet.sha256,
            source_sha256="",
            records_read=0,
            records_used=0,
            periods_used=0,
            from_=None,
            to=moment.isoformat(timespec="seconds"),
            seed=0,
            code=__version__,
        ),
    ).identified(moment)


def _provider(text: str) -> str:
    name = storable(" ".join(text.split()))
    if not name:
        raise InputError("--provider is empty: write who made the promise")
    if name.casefold() == PROVIDER:
        raise InputError(f"'{name}' is the workbench itself, whose promises come from `workbench tune`: name another provider")
    return name


def _promised(
    sheet: Sheet, expected: float, low: float | None, high: float | None, *, in_money: bool
) -> tuple[Gain, Money | None]:
    if (low is None) != (high is None):
        raise InputError("--low and --high belong together: write both ends of the promise's 90 % interval, or neither")
    ends = (expected if low is None else low, expected if high is None else high)
    if not all(math.isfinite(number) for number in (expected, *ends)) or expected <= 0.0:
        raise InputError(f"a gain of {expected:g} is no promise: write by how much the objective gets better, above 0")
    if max(map(abs, ends)) > AMOUNT_HIGHEST or expected > AMOUNT_HIGHEST:
        raise _beyond(expected, *ends)
    if not ends[0] <= expected <= ends[1]:
        raise InputError(
            f"{expected:g} does not lie within {ends[0]:g} to {ends[1]:g}: put --low and --high around the promise"
        )
    objective, worth, currency = sheet.objective, sheet.value_per_unit_year, sheet.currency
    if in_money and objective.costs:
        raise InputError(
            f"{sheet.name}: its objective has costs, which a verdict takes off the money and not off the gain: promise --gain"
            f" in {objective.unit} instead of --value"
        )
    if in_money and (not worth or currency is None):
        raise InputError(
            f"{sheet.name}: its sheet has no price of {objective.text}, so money cannot be measured: promise --gain in"
            f" {objective.unit}, or write objective.value_per_unit and currency into the sheet"
        )
    scale = worth if in_money and worth else 1.0
    numbers = [number / scale for number in (expected, *ends)]
    money = () if worth is None else tuple(worth * number for number in numbers)
    if max(map(abs, (*numbers, *money))) > AMOUNT_HIGHEST:
        raise _beyond(*numbers, *money)
    gain = Gain(
        objective=objective.text, unit=objective.unit, expected=numbers[0], low=numbers[1], high=numbers[2], level=LEVEL
    )
    if worth is None or currency is None or objective.costs:  # what the advice costs is not known
        return gain, None
    return gain, Money(currency=currency, expected=worth * gain.expected, low=worth * gain.low, high=worth * gain.high)


def _beyond(*numbers: float) -> InputError:
    largest = max(numbers, key=abs)
    return InputError(
        f"a promise of {largest:g}, as a gain or in money a year, is beyond {AMOUNT_HIGHEST:g}, and no plant has so much: write"
        " what was promised"
    )


def _settings(sheet: Sheet, moves: Sequence[Move]) -> tuple[SettingLine, ...]:
    if not moves:
        raise InputError("a promise without a move cannot be measured: write --move SETTING NOW ADVISED, once a setting")
    lines: dict[str, SettingLine] = {}
    for name, now, advised in moves:
        if name not in sheet.settings:
            hint = closest_hint(name, sheet.settings)
            raise InputError(f"{sheet.name} has no setting '{name}'{hint}: its settings are {', '.join(sheet.settings)}")
        if name in lines:
            raise InputError(f"--move names {name} twice: write each setting once")
        lines[name] = _line(sheet, name, now, advised)
    _check_limits(sheet, lines)
    return tuple(lines.values())


def _check_limits(sheet: Sheet, lines: Mapping[str, SettingLine]) -> None:
    """No trial watches limits over settings alone: both of its arms have to keep them."""
    advised = pl.DataFrame({name: [line.proposed] for name, line in lines.items()})
    for limit in sheet.limits:
        if not limit.formula.names <= set(lines):
            continue
        value = float(advised.select(limit.formula.expr().alias("value")).item())
        if (limit.low is not None and value < limit.low) or (limit.high is not None and value > limit.high):
            bounds = " and ".join(f"{word} {x:g}" for word, x in (("low", limit.low), ("high", limit.high)) if x is not None)
            raise InputError(
                f"the advised settings break the limit {limit.name} of {sheet.name}: {limit.formula.text} would be {value:g},"
                f" its bounds are {bounds}: advise settings that keep it"
            )


def _line(sheet: Sheet, name: str, now: str, advised: str) -> SettingLine:
    setting = sheet.settings[name]
    if setting.choices is not None:
        for word in (now, advised):
            if word not in setting.choices:
                hint = closest_hint(word, setting.choices)
                raise InputError(f"{name} cannot be '{word}'{hint}: its choices are {', '.join(setting.choices)}")
        values: tuple[float | str, float | str] = (now, advised)
    else:
        values = (_number(name, now), _number(name, advised))
        _check_move(sheet, name, *values)
    if values[0] == values[1]:
        raise InputError(f"--move {name} from {now} to {advised} is no change: write the value now, then the advised one")
    return SettingLine(
        name=name,
        tag=setting.tag or name,
        unit=setting.unit,
        now=values[0],
        proposed=values[1],
        low=setting.low,
        high=setting.high,
        max_step=setting.max_step,
    )


def _check_move(sheet: Sheet, name: str, now: float, advised: float) -> None:
    """Advice of others stays inside what the sheet allows, as ours does."""
    setting = sheet.settings[name]
    unit = f" {shown_unit(setting.unit)}".rstrip()
    low, high, step = setting.low, setting.high, setting.max_step
    if (low is not None and advised < low) or (high is not None and advised > high):
        raise InputError(
            f"{name} {advised:g}{unit} is outside its range {low:g} to {high:g} in the sheet of {sheet.name}: advise a value"
            " within it, or widen it if the plant may run there"
        )
    if step is not None and abs(advised - now) > step * (1.0 + 1e-9):
        raise InputError(
            f"{name} {now:g} to {advised:g}{unit} is more than its largest step {step:g} in the sheet of {sheet.name}: promise"
            " a smaller move, or raise max_step"
        )
    if setting.integer and not advised.is_integer():
        raise InputError(f"{name} has whole numbers alone, and {advised:g} is none: advise a whole number")


def _number(name: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise InputError(f"'{text}' is no value of {name}: write --move {name} NOW ADVISED with two numbers, such as 70 74")
    return value


def _limits(sheet: Sheet) -> tuple[LimitLine, ...]:
    """Every limit of the sheet, so that a trial has its stop rules; what the provider expects of them is not known."""
    bounds: tuple[Literal["low", "high"], ...] = ("low", "high")
    known = [(name, o.unit, o.low, o.high) for name, o in sheet.outcomes.items()]
    known += [(limit.name, limit.unit, limit.low, limit.high) for limit in sheet.limits]
    return tuple(
        LimitLine(name=name, bound=bound, value=value, unit=unit, predicted=None, probability_held=None, now=None)
        for name, unit, low, high in known
        for bound, value in zip(bounds, (low, high), strict=True)
        if value is not None
    )
