"""What a trial's records say about themselves: findings to tell beside a verdict, and units that allow none."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from workbench.errors import InputError
from workbench.loaders.unit_match import MISFIT, misfit_words
from workbench.plant import Sheet
from workbench.records import Finding

__all__ = ["check_units", "gain_uses", "limit_uses", "telling_findings"]

LEARNING = {"D105", "D110", "D201", "D202"}  # of records that are learned from: a trial's blocks tell more than these


def telling_findings(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Return the findings that concern a measured gain; none disqualifies the data, for nothing is learned from them.

    Examples
    --------
    >>> [f.code for f in telling_findings([Finding(code="D105", text="x"), Finding(code="L103", text="y")])]
    ['L103']
    """
    return tuple(f.model_copy(update={"refuses": False}) for f in findings if f.code not in LEARNING)


def gain_uses(sheet: Sheet) -> dict[str, str]:
    """Return the variables that a gain is counted from, each with what needs it in words."""
    uses = dict.fromkeys(sorted(sheet.objective.formula.names), "the objective")
    costs = (name for cost in sheet.objective.costs for name in sorted(cost.formula.names))
    running = sorted(sheet.running.names) if sheet.running is not None else ()
    return dict.fromkeys(running, "`running`") | dict.fromkeys(costs, "a cost of the objective") | uses


def limit_uses(sheet: Sheet) -> dict[str, str]:
    """Return the variables that the sheet's limits are about, each with the limit in words."""
    by_formula = {name: f"the limit {limit.name}" for limit in sheet.limits for name in sorted(limit.formula.names)}
    own = {name: f"the limit of {name}" for name, o in sheet.outcomes.items() if o.low is not None or o.high is not None}
    return by_formula | own


def check_units(sheet: Sheet, findings: Iterable[Finding], uses: Mapping[str, str]) -> None:
    """Refuse records whose unit of a variable that is needed cannot become the sheet's: its numbers mean something else.

    Parameters
    ----------
    sheet : Sheet
        Of the plant.
    findings : iterable of Finding
        Of its records.
    uses : mapping of str to str
        Variables that are needed, and by what.

    Raises
    ------
    InputError
        If a unit does not fit; names tag, unit found and unit wanted.
    """
    needed: dict[str, str] = {}
    for name, why in uses.items():
        variable = sheet.variables[name]
        for tag in (variable.tag, getattr(variable, "measured", None)):
            if tag:
                needed.setdefault(tag.strip(), why)
    for finding in findings:
        if finding.code == MISFIT and finding.tag in needed:
            raise InputError(
                f"{misfit_words(finding)}; {needed[finding.tag]} needs it, so nothing is measured:"
                " correct the unit in the sheet or in the source, and ask again"
            )
