"""One HTML page: its style, tables and figures, in which every text is escaped; nothing is fetched from anywhere."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from plantsim.charts.look import LINE_HIGH

if TYPE_CHECKING:
    import plotly.graph_objects as go

STYLE = """
:root { --ink: #1f2933; --soft: #52606d; --line: #dde2e7; --wash: #f5f7f9; --blue: #0072b2; --red: #b83a0c; }
* { box-sizing: border-box; }
html { scroll-behavior: smooth; }
body { margin: 0; color: var(--ink); background: #fff;
  font: 16px/1.6 system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", Arial, sans-serif; }
main, header, footer { max-width: 1064px; margin: 0 auto; padding: 0 16px; }
header { padding-top: 3rem; }
h1 { font-size: 2.1rem; line-height: 1.2; font-weight: 650; margin: 0; letter-spacing: -0.01em; }
h1, h2, figcaption { overflow-wrap: anywhere; }
h2 { font-size: 1.35rem; line-height: 1.3; font-weight: 650; margin: 0 0 0.4rem; }
h3 { font-size: 1.05rem; font-weight: 650; margin: 2rem 0 0.3rem; overflow-wrap: anywhere; }
p { max-width: 46rem; margin: 0.4rem 0 0.9rem; overflow-wrap: anywhere; }
section { margin: 3.2rem 0; padding-top: 1.6rem; border-top: 1px solid var(--line); }
.under { color: var(--soft); margin: 0.4rem 0 0; max-width: 60rem; }
.answer { font-size: 1.12rem; line-height: 1.65; max-width: 50rem; margin: 1.4rem 0; }
.note { border-left: 4px solid var(--red); background: #fdf4f0; padding: 0.7rem 1rem; max-width: 50rem; }
nav { font-size: 0.9rem; margin: 1.2rem 0 0; }
nav a { margin-right: 1.1rem; white-space: nowrap; }
a { color: #005a8c; text-underline-offset: 0.15em; }
figure { margin: 1.2rem 0; }
figcaption { font-size: 0.95rem; font-weight: 600; }
section .under { font-size: 0.9rem; }
.scroll { overflow-x: auto; margin: 1.1rem 0; }
table { border-collapse: collapse; min-width: 29rem; font-size: 0.875rem; line-height: 1.4;
  font-variant-numeric: tabular-nums; }
caption { text-align: left; font-weight: 600; padding: 0 0 0.45rem; white-space: nowrap; }
caption small { font-weight: 400; color: var(--soft); font-size: inherit; }
th, td { padding: 0.35rem 0.75rem; border-bottom: 1px solid var(--line); text-align: right; vertical-align: top; }
thead th { color: var(--soft); font-weight: 600; border-bottom: 1.5px solid var(--soft); vertical-align: bottom; }
tbody th { font-weight: 500; }
tbody tr:hover { background: var(--wash); }
td { white-space: nowrap; }
.word { text-align: left; }
tbody .word { white-space: normal; overflow-wrap: break-word; max-width: 22rem; }
tbody th.word { min-width: 6rem; }
.tight th, .tight td { padding: 0.3rem 0.55rem; }
td small { display: block; color: var(--soft); font-size: 0.78rem; }
td, thead, .note { -webkit-print-color-adjust: exact; print-color-adjust: exact; }
abbr { text-decoration: none; }
pre { background: var(--wash); padding: 1rem; overflow-x: auto; font-size: 0.8rem; line-height: 1.5; }
footer { color: var(--soft); font-size: 0.85rem; padding-bottom: 3rem; }
@page { size: A4 landscape; margin: 12mm; }
@media print {
  body { font-size: 11pt; }
  header { padding-top: 0; }
  main, header, footer { padding: 0; max-width: none; }
  nav, details, .modebar { display: none !important; }
  section { margin: 1.2rem 0; }
  figure, p, tr, .scroll, .note { break-inside: avoid; }
  h2, h3, caption, figcaption, section > p { break-after: avoid; }
  .scroll { overflow: visible; }
  table { font-size: 0.78rem; }
}
"""
INSIDES = 700_000  # bytes for charts of what happened inside steps
SPARED = 24  # px of a chart that its title takes when it is not set above it
NUMBER = re.compile(r"(\d) (%|kg|L|m|h|min|s|d|days|weeks)(?![\w])")
SAFE = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:"
SETTINGS = {  # nothing that would send a plant's figures to somebody's server
    "responsive": True, "displaylogo": False, "showSendToCloud": False,
    "modeBarButtonsToRemove": ["select2d", "lasso2d", "autoScale2d"],
}  # fmt: skip
TO_PAPER = """
addEventListener("beforeprint", () => document.querySelectorAll(".plotly-graph-div").forEach((each) => {
  Plotly.Plots.resize(each);
}));
"""


@dataclass(frozen=True)
class Cell:
    """What stands in a table: a text, a smaller one below it, and a share, by which it is tinted."""

    text: str
    below: str = ""
    share: float = 0.0

    @property
    def html(self) -> str:
        """The cell's inside."""
        return plain(self.text) + (f"<small>{plain(self.below)}</small>" if self.below else "")

    @property
    def style(self) -> str:
        """The cell's tint: blue, the stronger the larger the share, and never too strong to read on."""
        tint = 0.4 * min(max(self.share, 0.0), 1.0)
        return f' style="background:rgba(0,114,178,{tint:.3f})"' if tint >= 0.002 else ""


def plain(text: str) -> str:
    """A text as HTML; a number and its unit of measure stay on one line.

    >>> plain("<45 %>")
    '&lt;45&nbsp;%&gt;'
    """
    return NUMBER.sub(r"\1&nbsp;\2", escape(text))


def table(
    caption: str,
    head: Sequence[str],
    rows: Iterable[Sequence[str | Cell]],
    *,
    about: str = "",
    words: int = 1,
    hints: dict[str, str] | None = None,
) -> str:
    """A table whose first `words` columns are words, the others numbers; `hints` explain words of the head.

    >>> print(table("Mills", ["mill", "busy"], [["<mill>", "45 %"]]).split("<tbody>")[1].split("</tbody>")[0])
    <tr><th scope="row" class="word">&lt;mill&gt;</th><td>45&nbsp;%</td></tr>
    """
    heads = [_head(word, k < words, (hints or {}).get(word, "")) for k, word in enumerate(head)]
    body = ["<tr>" + "".join(_cell(cell, k, words) for k, cell in enumerate(row)) + "</tr>" for row in rows]
    tight = ' class="tight"' if len(head) > 8 else ""
    small = f" <small>{escape(about)}</small>" if about else ""
    return (
        f'<div class="scroll" role="region" tabindex="0" aria-label="{escape(caption)}"><table{tight}>'
        f"<caption>{escape(caption)}{small}</caption><thead><tr>{''.join(heads)}</tr></thead>"
        f"<tbody>{''.join(body)}</tbody></table></div>"
    )


def _head(word: str, left: bool, hint: str) -> str:
    text = f'<abbr title="{escape(hint)}">{escape(word)}</abbr>' if hint else escape(word)
    return f'<th scope="col" class="word">{text}</th>' if left else f'<th scope="col">{text}</th>'


def _cell(cell: str | Cell, k: int, words: int) -> str:
    each = cell if isinstance(cell, Cell) else Cell(cell)
    if k == 0:
        return f'<th scope="row" class="word">{each.html}</th>'
    return f'<td class="word">{each.html}</td>' if k < words else f"<td{each.style}>{each.html}</td>"


def chart(figure: go.Figure, name: str, alt: str, below: str = "") -> str:
    """A chart under its title, with what it says in words for those who can't see it."""
    title = str(figure.layout.title.text or "")  # already escaped, as plotly wants it
    spared = SPARED + LINE_HIGH * title.count("<br>")
    figure.update_layout(title_text="", margin_t=figure.layout.margin.t - spared, height=figure.layout.height - spared)
    inside = figure.to_html(include_plotlyjs=False, full_html=False, div_id=f"chart-{name}", config=SETTINGS)
    said = title.replace("<br>", " ")
    return (
        f'<figure><figcaption>{said}</figcaption><div role="img" aria-label="{escape(alt)}">{inside}</div>'
        f"{paragraph(below, 'under') if below else ''}</figure>"
    )


def section(name: str, heading: str, *parts: str) -> str:
    """A part of the page that can be linked to; texts in it are HTML already."""
    return (
        f'<section id="{name}"><h2>{escape(heading)}</h2>\n' + "\n".join(part for part in parts if part) + "</section>"
    )


def paragraph(text: str, kind: str = "") -> str:
    """A paragraph of plain text."""
    return f'<p class="{kind}">{plain(text)}</p>' if kind else f"<p>{plain(text)}</p>"


def page(title: str, head: str, sections: Sequence[str], foot: str) -> str:
    """The whole page, with plotly.js in it once."""
    from plotly.offline import get_plotlyjs

    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{SAFE}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)}</title>
<style>{STYLE}</style>
<script id="plotly-js">{get_plotlyjs()}</script>
</head>
<body>
<header>{head}</header>
<main>
<noscript><p class="note">The charts need JavaScript; the text and the tables don't.</p></noscript>
{chr(10).join(sections)}
</main>
<footer>{escape(foot)}</footer>
<script>{TO_PAPER}</script>
</body>
</html>
"""
