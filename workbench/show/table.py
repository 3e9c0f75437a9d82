"""The answer in a terminal: settings, gain, money, limits, placebo, reasons, findings, and where the card is."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.records import Finding, LimitLine, Recommendation, SettingLine
from workbench.show.costs import net_sentence
from workbench.show.digits import UNKNOWN, decimals_for, exact_text, number_text, share_text
from workbench.show.evidence import (
    hidden_sentence,
    judged_sentence,
    model_sentence,
    placebo_sentence,
    readings_sentence,
    support_sentence,
)
from workbench.show.plain_table import WIDTH
from workbench.show.regimes import RegimeText, regime_texts
from workbench.show.why import why_sentences
from workbench.show.words import (
    bound_text,
    change_text,
    findings_in_order,
    gain_texts,
    headline,
    is_changed,
    limit_held_note,
    money_texts,
    next_step,
    objective_name,
    one_line,
    setting_texts,
)
from workbench.wording import counted

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.table import Table

__all__ = ["findings_table", "recommendation_table"]

FINDINGS_SHOWN = 6
STYLES = {"proposed": "bold green", "no_change": "bold", "refused": "bold red"}


def recommendation_table(
    recommendation: Recommendation, card: str | Path | None = None, *, terminal: bool | None = None, width: int = WIDTH
) -> str:
    """Return the answer as text for a terminal.

    Parameters
    ----------
    recommendation : Recommendation
        Of any status.
    card : str or Path, optional
        Where the card was written; named in the last line.
    terminal : bool, optional
        Colours and drawn lines; default: whether standard output is a terminal that takes them. Without, the text is plain
        and our own characters are ASCII; names keep theirs.
    width : int
        60 or more [characters].

    Returns
    -------
    str
        Lines, none longer than `width`, with a line break at the end.
    """
    r = recommendation
    rich = _is_terminal() if terminal is None else terminal
    console = _console(rich, width)
    verdict, subline = headline(r)
    with console.capture() as captured:
        _say(console, f"{one_line(r.title or r.plant)}  ({r.id})")
        _say(console, verdict, STYLES[r.status])
        _say(console, f"{subline} {next_step(r)}")
        _say_worth(console, r)
        if r.lineage.recent_periods:
            _say(console, judged_sentence(r.lineage))
        if r.reasons:
            _say(console, "")
            for reason in r.reasons:
                _listed(console, one_line(reason))
        if r.candidate is None and r.status == "proposed":
            _print(console, _settings_table(r.settings, "Settings", "proposed", rich))
        elif r.candidate is not None:
            _print(console, _settings_table(r.candidate.settings, "Best change considered, NOT PROPOSED", "considered", rich))
            expected, interval = gain_texts(r.candidate.gain)
            _say(console, f"Its estimated improvement in {objective_name(r.candidate.gain.objective)}: {expected}, {interval}.")
        for texts in regime_texts(r):
            _print(console, _regimes_table(texts, rich))
            for sentence in texts.sentences:
                _say(console, sentence)
        if r.limits:
            _print(console, _limits_table(r.limits, "proposed" if r.candidate is None else "considered", rich))
        _say(console, "")
        if r.status != "refused":
            _say(console, f"Placebo: {placebo_sentence(r.placebo)}")
            _say(console, f"History: {support_sentence(r.support, r.lineage.row)}")
            _say(console, f"Model: {model_sentence(r.model, r.lineage)}")
            if r.hidden is not None:
                _say(console, f"Hidden cause: {hidden_sentence(r.hidden)}")
            for term, sentence in why_sentences(r):
                _say(console, f"{term}: {sentence}")
        _say(console, f"Readings: {readings_sentence(r.lineage)}")
        if r.findings:
            _print(console, _findings(findings_in_order(r)[:FINDINGS_SHOWN], rich))
            if len(r.findings) > FINDINGS_SHOWN:
                _say(console, f"and {counted(len(r.findings) - FINDINGS_SHOWN, 'more finding')} in recommendation.json")
        else:
            _say(console, "Findings: none")
        if card is not None:
            _say(console, f"Card: {card}")
    return _finished(captured.get(), rich)


def findings_table(findings: Sequence[Finding], *, terminal: bool | None = None, width: int = WIDTH) -> str:
    """Return findings as a table for a terminal, those that disqualify the data first.

    Parameters
    ----------
    findings : sequence of Finding
        In any order.
    terminal, width
        As for `recommendation_table`.
    """
    rich = _is_terminal() if terminal is None else terminal
    console = _console(rich, width)
    with console.capture() as captured:
        if findings:
            _print(console, _findings(sorted(findings, key=lambda f: not f.refuses), rich))
        else:
            _say(console, "Findings: none")
    return _finished(captured.get(), rich)


def _is_terminal() -> bool:
    encoding = (getattr(sys.stdout, "encoding", None) or "").lower()
    return sys.stdout.isatty() and encoding.startswith("utf")


def _console(rich: bool, width: int) -> Console:
    from rich.console import Console

    return Console(
        width=width,
        force_terminal=rich,
        color_system="standard" if rich else None,
        highlight=False,
        markup=False,
        emoji=False,
        legacy_windows=False,
    )


def _finished(text: str, rich: bool) -> str:
    """Our own dashes and arrows in ASCII where there is no terminal; no blanks at the ends of lines."""
    lines = text if rich else text.replace(UNKNOWN, "-").replace("→", "->").replace("…", "...")
    return "\n".join(line.rstrip() for line in lines.splitlines()) + "\n"


def _say(console: Console, text: str, style: str = "") -> None:
    from rich.text import Text

    console.print(Text(text, style=style), soft_wrap=False)


def _listed(console: Console, text: str) -> None:
    """One item of a list; its further lines stand below its first word."""
    from rich.padding import Padding
    from rich.text import Text

    first, *rest = Text(text).wrap(console, console.width - 2)
    console.print(Text("- ") + first)
    for line in rest:
        console.print(Padding(line, (0, 0, 0, 2)))


def _print(console: Console, table: RenderableType) -> None:
    console.print()
    console.print(table)


def _say_worth(console: Console, r: Recommendation) -> None:
    if r.gain is None:
        return
    expected, interval = gain_texts(r.gain)
    money, money_interval = money_texts(r.value_per_year, r.gain.level)
    _say(console, "")
    _say(console, f"Improvement in {objective_name(r.gain.objective)}: {expected}  ({interval})", "bold")
    _say(console, f"Worth: {money}  ({money_interval})" if money_interval else money, "bold" if money_interval else "")
    if net := net_sentence(r):
        _say(console, net)


def _table(title: str, rich: bool) -> Table:
    from rich import box
    from rich.table import Table

    edges = box.SIMPLE_HEAD if rich else box.ASCII2
    return Table(
        title=title, title_justify="left", title_style="bold", box=edges, pad_edge=not rich, header_style="dim" if rich else ""
    )


def _settings_table(settings: Sequence[SettingLine], title: str, then: str, rich: bool) -> Table:
    from rich.text import Text

    table = _table(title, rich)
    table.add_column("setting", overflow="fold", ratio=None)
    for head in ("now", then, "change"):
        table.add_column(head, justify="right", overflow="fold")
    table.add_column("unit", overflow="fold")
    table.add_column("allowed", justify="right", overflow="fold")
    for s in sorted(settings, key=lambda line: not is_changed(line)):
        now, proposed = setting_texts(s)
        change = change_text(s)
        allowed = f"{exact_text(s.low)} to {exact_text(s.high)}" if s.low is not None and s.high is not None else "choices"
        cells = [one_line(s.name), now, proposed, change, one_line(s.unit), allowed]
        table.add_row(*(Text(c) for c in cells), style="" if is_changed(s) or not rich else "dim")
    return table


def _regimes_table(texts: RegimeText, rich: bool) -> Table:
    from rich.text import Text

    table = _table(texts.title, rich)
    table.add_column("", overflow="fold")
    for head in texts.heads:
        table.add_column(Text(head), justify="right", overflow="fold")
    for label, cells in texts.rows:
        table.add_row(*(Text(text) for text in (label, *cells)))
    return table


def _limits_table(limits: Sequence[LimitLine], then: str, rich: bool) -> Table:
    from rich.text import Text

    table = _table("Limits", rich)
    table.add_column("limit", overflow="fold")
    table.add_column("must be", overflow="fold")
    judged = any(line.probability_held is not None for line in limits)
    for head in ("predicted", "held now", *([f"held {then}"] if judged else [])):
        table.add_column(head, justify="right", overflow="fold")
    if judged:
        table.add_column("", overflow="fold")
    for line in limits:
        margin = None if line.predicted is None else line.value - line.predicted
        predicted = number_text(line.predicted, decimals_for(margin or line.value))
        word = limit_held_note(line)[1]
        cells = [one_line(line.name), bound_text(line), predicted, share_text(line.now)]
        cells += [share_text(line.probability_held), word] if judged else []
        table.add_row(*(Text(c) for c in cells))
    return table


def _findings(findings: Sequence[Finding], rich: bool) -> Table:
    from rich.text import Text

    table = _table("Findings", rich)
    table.add_column("code", no_wrap=True)
    table.add_column("tag", overflow="fold", max_width=28)
    table.add_column("finding", overflow="fold")
    for f in findings:
        text = f"{one_line(f.text)} (disqualifies the data)" if f.refuses else one_line(f.text)
        table.add_row(
            Text(one_line(f.code)), Text(one_line(f.tag or "")), Text(text), style="red" if f.refuses and rich else ""
        )
    return table
