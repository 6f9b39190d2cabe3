"""The presentation: a story told step by step, for a projector."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from urllib.parse import urlencode

import streamlit as st

from essgeo.atlas import Atlas, Resolved
from essgeo.errors import DataError
from essgeo.figures.palettes import MARKS
from essgeo.selection import Selection
from essgeo.story import STEPS, default_steps, told
from essgeo.story.model import (
    Block,
    Chart,
    Figures,
    MapView,
    Note,
    Paragraph,
    Points,
    Step,
    Table,
)
from essgeo.story.steps import TITLES
from essgeo.text import escape
from essgeo.ui import state, style
from essgeo.ui.links import link
from essgeo.ui.loading import kept
from essgeo.ui.markdown import markdown
from essgeo.ui.presentation.dress import dress
from essgeo.ui.presentation.parts import parts
from essgeo.ui.presentation.plan import MOST_BYTES, Plan, known_steps, read_plan, write_plan
from essgeo.ui.presentation.ready import checks

#: Centimetres of a map, whose letters are to be read from the back of a room, and of a chart.
_MAP_CM, _CHART_CM = 12.0, 16.0

#: Pixels beyond which Streamlit makes a picture anew, smaller, at each run: more than ours have.
_DRAWN_AS_IT_IS = 2000

#: Rows of a table that a room can read.
ROWS = 10

#: Values of ``vue.page``: screens of one step.
_PAGES = {str(one) for one in range(1, 100)}

#: Titles of steps that stand apart.
_REAL = {"publies": "Ce que disent les études", "strasbourg": "Cas : Strasbourg",
         "rennes": "Cas : Le Bon Maurepas"}  # fmt: skip


@dataclass(frozen=True)
class _Show:
    """What is on stage."""

    atlas: Atlas
    resolved: Resolved
    keys: tuple[str, ...]
    rank: int
    asked: int

    @property
    def selection(self) -> Selection:
        return self.resolved.selection

    def step(self, key: str) -> Step:
        """Return a step, told once for all visitors."""
        return kept(
            "presentation", self.atlas, self.selection,
            lambda: told(self.atlas, self.selection, key), key,
        )  # fmt: skip

    def screens(self, rank: int) -> int:
        """Return how many screens the step of this rank takes."""
        return len(parts(self.step(self.keys[rank])))

    @property
    def screen(self) -> int:
        """Rank of the screen within its step."""
        return min(self.asked, self.screens(self.rank) - 1)

    @property
    def place(self) -> str:
        """Where the talk is: « 3 / 9 », and the screen of a step that takes several."""
        screens = self.screens(self.rank)
        more = f" ({self.screen + 1} sur {screens})" if screens > 1 else ""
        return f"{self.rank + 1} / {len(self.keys)}{more}"


def page(atlas: Atlas, resolved: Resolved) -> None:
    """Draw the step on stage, or its notes."""
    view = state.current().view
    chosen = known_steps(view.get("etapes", "")) or default_steps(atlas, resolved.selection)
    asked = view.get("etape", "")
    page = view.get("page", "")
    show = _Show(
        atlas,
        resolved,
        chosen,
        chosen.index(asked) if asked in chosen else 0,
        int(page) - 1 if page in _PAGES else 0,
    )
    dress()
    # First, though they stand at the foot: a key pressed while a picture is made is not lost.
    _ways(show)
    step = show.step(chosen[show.rank])
    if view.get("notes"):
        _notes(show, step)
    else:
        _stage(show, step)
    # The room does not wait: what comes next is made while this is looked at.
    for key in show.keys[show.rank + 1 :][:1]:
        _made(show, key)


def _badge(show: _Show, step: Step) -> str:
    """Say what figures are, where they are not all official."""
    if step.real and show.atlas.manifest.simulated:
        return '<span class="marque reel">CHIFFRES ET FAITS PUBLIÉS, RÉELS</span>'
    mark = MARKS[step.nature]
    return f'<span class="marque">{escape(mark)}</span>' if mark else ""


def _stage(show: _Show, step: Step) -> None:
    first = show.screen == 0
    said = f'<p class="lu">{escape(step.sentence)}</p>' if step.sentence and first else ""
    st.html(
        f'<div class="scene"><div class="tete"><h1>{escape(step.title)}</h1>{_badge(show, step)}'
        f'<span class="rang">{show.place}</span></div>{said}</div>'
    )
    shown = parts(step)[show.screen]
    maps = [block for block in shown if isinstance(block, MapView)]
    others = [block for block in shown if not isinstance(block, MapView)]
    if maps:
        picture, figures = st.columns([5, 3], gap="large", vertical_alignment="center")
        # Figures first: the room reads them while the picture is made.
        with figures:
            _blocks(show, step, others, beside=True)
        with picture:
            _picture(show, step, maps[0])
    else:
        _blocks(show, step, others, beside=False)
    # A picture carries its source: seen twice, it would take the room of the figures.
    drawn = any(isinstance(block, MapView | Chart) for block in shown)
    st.html(
        f'<div class="scene"><p class="source{" dite" if drawn else ""}">'
        f"{escape(step.source)}</p></div>"
    )


def _blocks(show: _Show, step: Step, blocks: Sequence[Block], *, beside: bool) -> None:
    for rank, block in enumerate(blocks):
        if isinstance(block, Chart):
            _, middle, _ = st.columns([1, 6, 1])
            with middle, st.container(key=f"scene-graphique-{rank}"):
                _picture(show, step, block)
        else:
            st.html(f'<div class="scene">{_written(block, beside=beside)}</div>')


def _written(block: Block, *, beside: bool) -> str:
    match block:
        case Figures(items):
            cells = "".join(
                f'<div><dt>{escape(one.label)}</dt><dd class="valeur">{escape(one.value)}</dd>'
                f"<dd>{escape(one.detail)}</dd></div>"
                for one in items
            )
            return f'<dl class="{"pile" if beside else "rangee"}">{cells}</dl>'
        case Points(items, title):
            return (f"<h2>{escape(title)}</h2>" if title else "") + _list(items)
        case Table():
            return _table(block)
        case Note(text):
            return f'<p class="note">{escape(text)}</p>'
        case Paragraph(text):
            return f'<p class="suite">{escape(text)}</p>'
        case _:
            return ""


def _list(items: tuple[str, ...]) -> str:
    return "<ul>" + "".join(f"<li>{escape(one)}</li>" for one in items) + "</ul>"


def _table(table: Table) -> str:
    kinds = ["chiffre" if numeric else "" for numeric in table.numeric]

    def line(cells: tuple[str, ...], tag: str) -> str:
        written = zip(cells, kinds, strict=True)
        return "".join(f'<{tag} class="{kind}">{escape(cell)}</{tag}>' for cell, kind in written)

    body = "".join(f"<tr>{line(cells, 'td')}</tr>" for cells in table.rows[:ROWS])
    left = len(table.rows) - ROWS
    more = f'<p class="source">Et {left} autres lignes.</p>' if left > 0 else ""
    return (
        f"<table><thead><tr>{line(table.columns, 'th')}</tr></thead><tbody>{body}</tbody></table>"
        f"{more}"
    )


def _image(show: _Show, step: Step, block: Chart | MapView) -> bytes:
    """Return a chart or a map: the picture of the documents, made once for all visitors."""

    def made() -> bytes:
        # Here and not above: what draws is long to import, and most visitors never come.
        from essgeo.exports.content import picture

        width = _CHART_CM if isinstance(block, Chart) else _MAP_CM
        return picture(show.atlas, step, block, "png", width_cm=width).content

    return kept(
        "presentation.image", show.atlas, show.selection, made, step.key, block.title,
    )  # fmt: skip


def _picture(show: _Show, step: Step, block: Chart | MapView) -> None:
    st.image(_image(show, step, block), width=_DRAWN_AS_IT_IS, alt=block.alt)


def _made(show: _Show, key: str) -> Step:
    """Make a step and its pictures, which are kept."""
    step = show.step(key)
    for block in step.blocks:
        if isinstance(block, Chart | MapView):
            _image(show, step, block)
    return step


def _notes(show: _Show, step: Step) -> None:
    """Draw what the speaker may say, and what comes next."""
    following = show.keys[show.rank + 1 :][:1]
    lines = "".join(f"<p>{escape(line)}</p>" for line in step.notes.splitlines() if line)
    after = f"Ensuite : {escape(show.step(following[0]).title)}" if following else "Fin."
    st.html(
        f'<div class="scene"><div class="tete"><h1>{escape(step.title)}</h1>{_badge(show, step)}'
        f'<span class="rang">Notes, {show.place}</span></div>'
        f'<p class="lu"><strong>{escape(step.sentence)}</strong></p>'
        f'<div class="lu">{lines or "<p>Pas de note pour cette étape.</p>"}</div>'
        f'<p class="lu">{after}</p><p class="source">{escape(step.source)}</p></div>'
    )


# --- ways ---------------------------------------------------------------------------------------


def _ways(show: _Show) -> None:
    last = len(show.keys) - 1
    with st.container(horizontal=True, vertical_alignment="center", key="scene-commandes"):
        st.button(
            "Précédent",
            key="scene.precedent",
            icon=":material/arrow_back:",
            shortcut="Left",
            on_click=_go,
            args=(show, -1),
            disabled=show.rank == 0 and show.screen == 0,
        )
        st.button(
            "Suivant",
            key="scene.suivant",
            icon=":material/arrow_forward:",
            shortcut="Right",
            type="primary",
            on_click=_go,
            args=(show, 1),
            disabled=show.rank == last and show.screen == show.screens(last) - 1,
        )
        noted = bool(state.current().view.get("notes"))
        st.button(
            "Retour à la scène" if noted else "Notes",
            key="scene.notes",
            icon=":material/speaker_notes:",
            on_click=state.look,
            kwargs={"notes": "" if noted else "oui"},
        )
        if not noted:
            _notes_apart()
        with st.popover("Préparer", icon=":material/tune:"):
            _prepare(show)
        link("carte", "Quitter")


def _notes_apart() -> None:
    """Draw the way to the notes of this step in another window, which has its own ways."""
    query = urlencode(state.current().params() | {"vue.notes": "oui"})
    st.link_button(
        "Notes à part",
        f"?{query}",
        icon=":material/open_in_new:",
        help="Ouvre les notes de cette étape dans une autre fenêtre. Les deux fenêtres avancent "
        "chacune de leur côté.",
    )


def _go(show: _Show, by: int) -> None:
    screen, rank = show.screen + by, show.rank
    if not 0 <= screen < show.screens(rank):
        rank = min(max(rank + by, 0), len(show.keys) - 1)
        screen = 0 if by > 0 else show.screens(rank) - 1
    state.look(etape=show.keys[rank], page=str(screen + 1) if screen else "")


def _title(key: str) -> str:
    return TITLES.get(key) or _REAL[key]


def _prepare(show: _Show) -> None:
    """Choose and order steps, keep them in a file, reopen one, and check the room."""
    st.markdown("**Les étapes**, dans l'ordre où vous les choisissez. Le lien de la page suffit à "
                "les retrouver.")  # fmt: skip
    st.session_state["scene.etapes"] = list(show.keys)
    st.multiselect(
        "Étapes",
        list(STEPS),
        format_func=_title,
        key="scene.etapes",
        on_change=_chosen,
        label_visibility="collapsed",
        placeholder="Choisir des étapes",
    )
    _order(show.keys)
    st.download_button(
        "Enregistrer cette présentation",
        data=lambda: write_plan(Plan(show.selection, show.keys)),
        file_name="essgeo_presentation.json",
        mime="application/json",
        on_click="ignore",
        key="scene.enregistrer",
        width="stretch",
    )
    given = st.file_uploader(
        "Rouvrir une présentation", type="json", key="scene.rouvrir", max_upload_size=1
    )
    if given is not None:
        _reopened(show.atlas, given.name, given.read(MOST_BYTES + 1))
    if st.button("Prêt pour la salle ?", key="scene.verifier", width="stretch"):
        _room(show)


def _order(keys: tuple[str, ...]) -> None:
    """Draw each step with the ways to put it earlier or later."""
    for rank, key in enumerate(keys):
        with st.container(horizontal=True, vertical_alignment="center", gap="xxsmall"):
            for by, way, icon in (
                (-1, "Avancer", "arrow_upward"),
                (1, "Reculer", "arrow_downward"),
            ):
                st.button(
                    way,
                    icon=f":material/{icon}:",
                    key=f"scene.ordre.{key}.{icon}",
                    help=f"{way} « {_title(key)} »",
                    disabled=not 0 <= rank + by < len(keys),
                    on_click=_moved,
                    args=(keys, rank, by),
                )
            st.markdown(f"{rank + 1}. {markdown(_title(key))}")


def _moved(keys: tuple[str, ...], rank: int, by: int) -> None:
    """Swap a step with its neighbour; the step on stage stays there."""
    ordered = list(keys)
    ordered[rank], ordered[rank + by] = ordered[rank + by], ordered[rank]
    state.look(etapes=",".join(ordered))


def _chosen() -> None:
    state.look(etapes=",".join(st.session_state["scene.etapes"]), etape="", page="")


def _reopened(atlas: Atlas, name: str, content: bytes) -> None:
    try:
        plan = read_plan(name, content)
    except DataError as error:
        st.error(markdown(str(error)))
        return
    known, unknown = atlas.known(plan.selection)
    if unknown:
        st.error(markdown(f"{name} : {unknown[0]}."))
        return

    def reopen() -> None:
        now = state.current()
        # The newest outlines stay « the newest »: an older file follows the data folder.
        kept_as = known.generation if plan.selection.generation == known.generation else ()
        now.selection = known.with_(generation=kept_as)
        state.look(etapes=",".join(plan.steps), etape="", page="", notes="")

    st.button("Ouvrir ce fichier", key="scene.ouvrir", type="primary", on_click=reopen)


def _room(show: _Show) -> None:
    """Look at all that is shown, pictures included."""
    found = checks(
        show.atlas, show.keys, partial(_made, show), state.current().view.get("fond", "")
    )
    wrong = [one for one in found if not one.held]
    style.reading(
        "Tout se montre réseau coupé." if not wrong else f"{len(wrong)} point(s) à regarder."
    )
    st.markdown(
        "\n".join(
            f"- {':material/check:' if one.held else ':material/warning:'} {markdown(one.text)}"
            for one in found
        )
    )
