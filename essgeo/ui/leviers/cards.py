"""Cards of levers and of leads, on the page Leviers and on the sheet of a neighbourhood."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from essgeo.levers import LIB_NATURE, Catalogue, Lever
from essgeo.levers.diagnosis import Lead
from essgeo.text import NBSP, escape
from essgeo.ui import state, style
from essgeo.ui.markdown import markdown
from essgeo.ui.pages import PAGES
from essgeo.words import levers as words

#: What a card needs beyond the style of the app.
_CSS = """<style>
.essgeo-levier p { margin: 0 0 .3rem; line-height: 1.4; font-size: 1rem; }
.essgeo-levier .marques { display: flex; flex-wrap: wrap; gap: .35rem; margin: 0 0 .4rem; }
.essgeo-levier .marques span {
  border: 1px solid color-mix(in srgb, currentColor 30%, transparent); border-radius: 999px;
  padding: .05rem .55rem; font-size: .85rem; line-height: 1.45;
}
.essgeo-levier .marques .nature { font-weight: 600; }
.essgeo-levier .note { font-size: .88rem; opacity: .84; }
.essgeo-levier ul { margin: .1rem 0 .4rem; padding-left: 1.1rem; }
.essgeo-levier li { line-height: 1.4; margin: 0 0 .2rem; }
[class*="st-key-essgeo-grille-"] {
  display: grid; grid-template-columns: repeat(auto-fill, minmax(min(19rem, 100%), 1fr)); gap: 1rem;
}
[class*="st-key-essgeo-grille-"] > * { width: auto; }
[class*="st-key-leviers-fiche-"] button, [class*="st-key-leviers-cadre-"] button {
  justify-content: flex-start; text-align: left; padding: .1rem 0; min-height: 1.9rem;
}
[class*="st-key-leviers-fiche-"] p, [class*="st-key-leviers-cadre-"] p {
  line-height: 1.3; white-space: normal;
}
[class*="st-key-leviers-fiche-"] p { font-size: 1.05rem; }
.stPageLink a, .stPageLink span, .stPageLink p { white-space: normal !important; }
.essgeo-cas li { font-size: 1.08rem; line-height: 1.45; margin: 0 0 .35rem; }
.essgeo-cas small { opacity: .8; white-space: nowrap; font-size: .85rem; }
</style>"""


def dress() -> None:
    """Give cards their style; once a page."""
    style.write(_CSS)


def grid(name: str) -> DeltaGenerator:
    """Return a container that sets its cards side by side, as many as the screen has room for.

    Laid out by the browser: rows of columns would be four messages more for three cards, at each
    change of filter.
    """
    return st.container(key=f"essgeo-grille-{name}")


def opened(identifier: str) -> None:
    """Look at one lever."""
    state.look(levier=identifier)


def to_lever(lever: Lever, label: str) -> None:
    """Draw a link to a lever's own view, from any page."""
    page = next(info for info in PAGES if info.stem == "leviers")
    st.page_link(
        str(page.path),
        label=markdown(label),
        icon=page.icon,
        query_params={**state.current().params(), "vue.levier": lever.id},
    )


def lead(
    catalogue: Catalogue, found: Lead, more: list[str], onward: Callable[[Lever], None]
) -> None:
    """Draw a lead: the lever, why, what is missing to decide.

    Parameters
    ----------
    found
        The lead.
    more
        What is said after its reasons, one line each.
    onward
        Draws the way to the lever's own view.
    """
    lever = catalogue.leviers[found.levier]
    reasons = [reason.texte for reason in found.raisons]
    # Its objective and what documents say of it are one click away: here, why.
    body = f"<p><strong>{found.rang}. {escape(lever.titre)}</strong></p>"
    body += _list([*reasons, *more])
    if found.manquants:
        missing = f"{NBSP}; ".join(found.manquants)
        body += f"<p class='note'>Pour décider, il manque{NBSP}: {escape(missing)}.</p>"
    with st.container(border=True, height="stretch"):
        st.html(f'<div class="essgeo-levier">{body}</div>')
        onward(lever)


def lever(catalogue: Catalogue, one: Lever, answer: str) -> None:
    """Draw the card of a lever; its title opens its own view."""
    body = _marks(catalogue, one)
    body += f"<p>{escape(one.objectif.texte or words.NOT_SAID.capitalize() + '.')}</p>"
    if one.statut.texte:
        body += f"<p class='note'>Statut{NBSP}: {escape(one.statut.texte)}</p>"
    body += f"<p class='note'>{escape(words.cited(catalogue, one.source))}</p>"
    if answer:
        body += f"<p class='note'>{escape(answer[:1].upper() + answer[1:])}.</p>"
    with st.container(border=True, gap="xxsmall", height="stretch"):
        button(one, "fiche")
        st.html(f'<div class="essgeo-levier">{body}</div>')


def button(one: Lever, where: str) -> None:
    """Draw the title of a lever; a click opens its own view."""
    st.button(
        f"**{markdown(one.titre)}**",
        key=f"leviers.{where}.{one.id}",
        type="tertiary",
        icon=":material/chevron_right:",
        on_click=opened,
        args=(one.id,),
    )


def _marks(catalogue: Catalogue, one: Lever) -> str:
    marks = [("nature", LIB_NATURE[one.nature]), ("", catalogue.title("familles", one.famille))]
    if one.local:
        marks.append(("", "ajout de votre dossier de données"))
    spans = "".join(f"<span class='{kind}'>{escape(text)}</span>" for kind, text in marks)
    return f'<div class="marques">{spans}</div>'


def _list(lines: list[str]) -> str:
    return f"<ul>{''.join(f'<li>{escape(line)}</li>' for line in lines)}</ul>"
