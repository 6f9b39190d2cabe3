"""The little style that the theme cannot say, and the HTML blocks that use it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import streamlit as st

from essgeo.figures.palettes import Theme
from essgeo.manifest import Manifest
from essgeo.text import NBSP, escape
from essgeo.words.sources import SIMULATED_NOTICE

# Colours come from the theme (text, and its mixtures with the background), so that light and
# dark need no second sheet. The amber of simulated data is Okabe and Ito's orange.
_CSS = """
<style>
.stMainBlockContainer { padding: 3.9rem 2rem 2rem; max-width: 1700px; }
.stMainBlockContainer > [data-testid="stVerticalBlock"] { gap: .65rem; }
[data-testid="InputInstructions"] { display: none; }
.st-key-essgeo-langue { display: none; }
/* Streamlit's own .6 leaves a contrast of 4.4, under the 4.5 that a text needs. */
[data-testid="stCaptionContainer"] { opacity: .8; }
.essgeo-simule {
  border-left: 6px solid #e69f00; border-radius: 4px; padding: .35rem .8rem; margin: 0;
  background: color-mix(in srgb, #e69f00 16%, transparent); font-size: .95rem; line-height: 1.4;
}
.essgeo-simule strong { letter-spacing: .04em; margin-right: .5rem; }
.essgeo-titre {
  font-size: .95rem !important; font-weight: 600; margin: 0; padding: 0; letter-spacing: .02em;
  line-height: 1.3; opacity: .78;
}
.essgeo-titre.seul { font-size: 1.75rem !important; font-weight: 700; opacity: 1; }
.essgeo-phrase { font-size: 1.3rem; line-height: 1.4; margin: .1rem 0 0; text-wrap: pretty; }
.essgeo-phrase strong { font-size: 1.75rem; line-height: 1.2; }
.essgeo-chiffres {
  display: grid; grid-template-columns: repeat(4, minmax(0, 1fr)); gap: .7rem;
  margin: 0 !important; padding: 0 !important;
}
.essgeo-chiffres > div {
  border: 1px solid color-mix(in srgb, currentColor 20%, transparent); border-radius: 8px;
  padding: .55rem .8rem .6rem;
}
.essgeo-chiffres dt { font-size: .95rem; font-weight: 600; line-height: 1.25; }
.essgeo-chiffres dd { margin: 0; }
.essgeo-chiffres .valeur {
  font-size: 2.1rem; font-weight: 700; line-height: 1.2; font-variant-numeric: tabular-nums;
}
.essgeo-chiffres .note { font-size: .9rem; line-height: 1.3; opacity: .82; }
.essgeo-ecartes { font-size: .88rem; line-height: 1.4; margin: 0; opacity: .88; }
.essgeo-chiffres + .essgeo-ecartes, .essgeo-ecartes + .essgeo-lecture,
.essgeo-section + .essgeo-lecture, .essgeo-section + .essgeo-large, .essgeo-section + ul,
.essgeo-lecture + .essgeo-large { margin-top: .65rem; }
.essgeo-lecture { font-size: 1.15rem; line-height: 1.45; margin: 0; text-wrap: pretty; }
.essgeo-section { font-size: 1.15rem; padding: .4rem 0 0; margin: 0; line-height: 1.25; }
.essgeo-carte h2 { font-size: 1.15rem; padding: 0; margin: 0 0 .1rem; line-height: 1.25; }
.essgeo-carte .lieu { font-size: .95rem; opacity: .82; margin: 0 0 .5rem; }
.essgeo-carte dl { margin: 0; padding: 0 !important; }
.essgeo-carte dl > div {
  display: flex; justify-content: space-between; gap: 1rem; padding: .28rem 0;
  border-top: 1px solid color-mix(in srgb, currentColor 16%, transparent);
}
.essgeo-carte dt { font-size: .95rem; }
.essgeo-carte dd { margin: 0; font-weight: 600; text-align: right; }
.essgeo-carte dd small { display: block; font-weight: 400; opacity: .82; }
.st-key-essgeo-resultats button {
  justify-content: flex-start; text-align: left; padding: .1rem 0; min-height: 1.9rem;
}
.st-key-essgeo-resultats button p { line-height: 1.25; }
/* One choice a line, as wide as its column, without the frame of a pill. */
.st-key-essgeo-premiers [data-testid="stButtonGroup"] > div { flex-direction: column; gap: 0; }
.st-key-essgeo-premiers button {
  justify-content: flex-start; text-align: left; padding: .2rem 0; border: 0; border-radius: 0;
  background: none; height: auto; min-height: 1.9rem; max-width: 100%; white-space: normal;
}
.st-key-essgeo-premiers button div, .st-key-essgeo-premiers button span {
  justify-content: flex-start;
}
.st-key-essgeo-premiers button p { line-height: 1.25; white-space: normal; }
/* The title and its sentence, and the ways out at their right; below them on a phone. */
.st-key-essgeo-haut > :first-child { flex: 1 1 24rem; }
.st-key-essgeo-haut > :last-child { flex: 0 1 auto; width: auto; }
.essgeo-tableau { border-collapse: collapse; width: 100%; font-size: .95rem; margin: .2rem 0 1rem; }
.essgeo-tableau caption { text-align: left; font-weight: 600; padding: .2rem 0 .4rem; }
.essgeo-tableau th, .essgeo-tableau td {
  text-align: left; vertical-align: top; padding: .35rem .6rem .35rem 0;
  border-bottom: 1px solid color-mix(in srgb, currentColor 18%, transparent);
}
/* On a phone a table scrolls sideways rather than write one word a line. */
.essgeo-tableau td:not(.n) { min-width: 8.5rem; }
.essgeo-tableau td.n, .essgeo-tableau th.n {
  text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap;
}
/* The box of a file says « Upload » and « 50MB per file »: its label says what and how large. */
[data-testid="stFileUploaderDropzone"] button [data-testid="stMarkdownContainer"] p {
  font-size: 0;
}
[data-testid="stFileUploaderDropzone"] button [data-testid="stMarkdownContainer"] p::after {
  content: "Choisir un fichier"; font-size: 1rem;
}
[data-testid="stFileUploaderDropzoneInstructions"] span { font-size: 0; }
[data-testid="stFileUploaderDropzoneInstructions"] span::after {
  content: "ou déposez-le ici"; font-size: .95rem;
}
[data-testid="stFileUploaderDropzone"] [data-testid="stFileChip"][aria-invalid="true"]::after {
  content: "refusé : trop lourd"; margin-left: .4rem;
}
.essgeo-large { overflow-x: auto; }
[data-testid="stExpandSidebarButton"]::after { content: "Filtres"; margin-left: .3rem; }
[data-testid="stExpandSidebarButton"] { width: auto; }
/* Ten pages fit in the menu of a usual screen by their names alone. */
@media (max-width: 1400px) {
  [data-testid="stTopNavLink"] > span:has([data-testid="stIconMaterial"]) { display: none; }
}
@media (max-width: 640px) {
  .stMainBlockContainer { padding: 4rem .9rem 2rem; }
  .essgeo-chiffres { grid-template-columns: repeat(2, minmax(0, 1fr)); gap: .5rem; }
  .essgeo-chiffres .valeur { font-size: 1.6rem; }
  .essgeo-phrase { font-size: 1.1rem; }
  .essgeo-phrase strong { font-size: 1.4rem; }
}
</style>
"""

# Streamlit writes <html lang="en"> whatever the page: screen readers would read French aloud
# with an English voice.
_LANGUAGE = "<script>document.documentElement.lang = 'fr';</script>"


def dress() -> None:
    """Give the page its style and its language; once a run."""
    with st.container(key="essgeo-langue"):
        st.html(_CSS + _LANGUAGE, unsafe_allow_javascript=True)


@contextmanager
def together() -> Iterator[None]:
    """Send as one piece what is written with this module inside: each costs the browser a message.

    Nothing else may be drawn inside: it would come before.
    """
    pieces: list[str] = []
    held = _pieces.set(pieces)
    try:
        yield
    finally:
        _pieces.reset(held)
    if pieces:
        st.html("".join(pieces))


_pieces: ContextVar[list[str] | None] = ContextVar("pieces", default=None)


def write(html: str) -> None:
    """Write HTML whose texts are escaped already."""
    pieces = _pieces.get()
    if pieces is None:
        st.html(html)
    else:
        pieces.append(html)


def simulated(manifest: Manifest, *, published: bool = False) -> None:
    """Say on the page that figures are simulated, when they are.

    Parameters
    ----------
    manifest
        What the data folder says of itself.
    published
        Whether the page shows published figures only: they are real, the rest is not.
    """
    if not manifest.simulated:
        return
    # The notice starts with the words of the title.
    title, text = "DONNÉES SIMULÉES", SIMULATED_NOTICE.partition(" : ")[2].capitalize()
    if manifest.nature == "mixte":
        title = "DONNÉES EN PARTIE SIMULÉES"
        text = "Une partie des établissements ou des quartiers n'existe pas."
    if published:
        text = "Ailleurs dans l'application ; ce que cette page dit est publié et réel."
    st.html(f'<p class="essgeo-simule" role="note"><strong>{title}</strong> {escape(text)}</p>')


def theme() -> Theme:
    """Return the theme that the visitor sees; light until the browser has said it."""
    return "sombre" if st.context.theme.type == "dark" else "clair"


def title(text: str, strong: str = "", rest: str = "") -> None:
    """Write the title of the page (its only first-level heading) and, below, its sentence.

    Parameters
    ----------
    text
        Title; large when it stands alone.
    strong, rest
        What stands out in the sentence, and what follows.
    """
    if not strong:
        st.html(f'<h1 class="essgeo-titre seul">{escape(text)}</h1>')
        return
    st.html(
        f'<h1 class="essgeo-titre">{escape(text)}</h1>'
        f'<p class="essgeo-phrase"><strong>{escape(strong)}</strong>{escape(rest)}</p>'
    )


def section(text: str, note: str = "") -> None:
    """Write the title of a part of the page (second level), and a note under it."""
    under = f'<p class="essgeo-ecartes">{escape(note)}</p>' if note else ""
    write(f'<h2 class="essgeo-section">{escape(text)}</h2>{under}')


def reading(text: str) -> None:
    """Write what a picture says, in words."""
    write(f'<p class="essgeo-lecture">{escape(text)}</p>')


def lines(said: Iterable[str]) -> None:
    """Write lines of plain text as a list."""
    write(f"<ul>{''.join(f'<li>{escape(one)}</li>' for one in said)}</ul>")


def key_figures(figures: Iterable[tuple[str, str, str]], note: str = "") -> None:
    """Draw key figures side by side: title, figure, note; and what to know of them all."""
    cells = "".join(
        f"<div><dt>{escape(name)}</dt><dd class='valeur'>{escape(value)}</dd>"
        f"<dd class='note'>{escape(note)}</dd></div>"
        for name, value, note in figures
    )
    under = (
        f'<p class="essgeo-ecartes"><strong>À savoir{NBSP}:</strong> {escape(note)}</p>'
        if note
        else ""
    )
    st.html(f'<dl class="essgeo-chiffres">{cells}</dl>{under}')


def card(name: str, place: str, facts: Iterable[tuple[str, str, str]]) -> None:
    """Draw a card: a name, where it is, and facts (title, value, small note)."""
    rows = "".join(
        f"<div><dt>{escape(label)}</dt><dd>{escape(value)}"
        + (f"<small>{escape(note)}</small>" if note else "")
        + "</dd></div>"
        for label, value, note in facts
    )
    st.html(
        f'<section class="essgeo-carte"><h2>{escape(name)}</h2>'
        f'<p class="lieu">{escape(place)}</p><dl>{rows}</dl></section>'
    )


class Figure:
    """A number already written, for a cell of :func:`table`: aligned to the right."""

    def __init__(self, text: str) -> None:
        self.text = text


def table(caption: str, head: Iterable[object], rows: Iterable[Iterable[object]]) -> None:
    """Draw a short table of text and :class:`Figure`."""
    columns = "".join(_cell("th", name, ' scope="col"') for name in head)
    body = "".join(f"<tr>{''.join(_cell('td', cell) for cell in row)}</tr>" for row in rows)
    write(
        f'<div class="essgeo-large"><table class="essgeo-tableau"><caption>{escape(caption)}'
        f"</caption><thead><tr>{columns}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _cell(tag: str, content: object, more: str = "") -> str:
    if isinstance(content, Figure):
        return f'<{tag} class="n"{more}>{escape(content.text)}</{tag}>'
    return f"<{tag}{more}>{escape(content)}</{tag}>"
