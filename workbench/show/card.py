"""The recommendation as one self-contained page: read in a minute, printed on one sheet, shown as it is by MLflow."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

from workbench.records import Recommendation
from workbench.show.markdown_table import CODE

if TYPE_CHECKING:
    from markupsafe import Markup
    from plotly.graph_objects import Figure

__all__ = ["card_html"]

FIGURE_CONFIG = {"displaylogo": False, "responsive": True, "modeBarButtonsToRemove": ["lasso2d", "select2d", "autoScale2d"]}


def card_html(
    recommendation: Recommendation,
    figures: Sequence[Figure] = (),
    *,
    chain_head: str | None = None,
    choices: Mapping[str, Sequence[str]] = MappingProxyType({}),
) -> str:
    """Return the card: an HTML page that loads nothing from elsewhere.

    Parameters
    ----------
    recommendation : Recommendation
        Of any status.
    figures : sequence of plotly Figure
        Interactive figures for the screen, below everything that is printed, usually the one of `response_figure`; what the
        history covers is shaded in it as the record has it.
        plotly.js (4.8 MB) is embedded once, and only where there is a figure.
    chain_head : str, optional
        Head of the review log's hash chain, 64 hex digits; shown in the lineage.
    choices : mapping of str to sequence of str, optional
        By setting, the choices that the sheet allows, which no record names; shown as its range.

    Returns
    -------
    str
        The page. All text from sheet and data is escaped; a content security policy forbids every load.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined

    from workbench.show.response import with_record
    from workbench.show.view import card_view

    settings = (recommendation.candidate or recommendation).settings
    drawn = _embedded([with_record(figure, settings) for figure in figures])
    environment = Environment(
        loader=PackageLoader("workbench.show"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["code"] = _with_code
    environment.filters["parted"] = _parted
    template = environment.get_template("card.html.j2")
    return template.render(v=card_view(recommendation, chain_head, choices), figures=drawn)


def _with_code(text: str) -> Markup:
    """Commands of ours in backticks as code, all else escaped."""
    from markupsafe import Markup, escape

    parts = (Markup("<code>{}</code>").format(p[1:-1]) if CODE.fullmatch(p) else escape(p) for p in CODE.split(text))
    return Markup("").join(parts)


def _parted(tag: str) -> Markup:
    """A tag, escaped, that goes on in the next line after a dot or an underscore rather than within a word."""
    from markupsafe import Markup, escape

    return Markup("<wbr>").join(escape(part) for part in re.split(r"(?<=[._])", tag))


def _embedded(figures: Sequence[Figure]) -> list[object]:
    """Figures as safe markup, the script in the first alone; plotly escapes `<` in the data itself."""
    from markupsafe import Markup

    return [
        Markup(
            figure.to_html(
                full_html=False,
                include_plotlyjs=number == 0,
                include_mathjax=False,
                config=FIGURE_CONFIG,
                div_id=f"figure-{number}",
            )
        )
        for number, figure in enumerate(figures)
    ]
