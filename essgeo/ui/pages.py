"""The pages of the app, and the guard that each of them starts with."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import streamlit as st

from essgeo.atlas import Atlas
from essgeo.secrecy import REFUSED
from essgeo.settings import ROOT
from essgeo.ui import style

#: Set once app.py has run in a session.
_FRAMED = "essgeo.cadre"

#: The pages of a session, as Streamlit holds them.
_DECLARED = "essgeo.pages"


@dataclass(frozen=True)
class PageInfo:
    """One page.

    Parameters
    ----------
    stem
        Name of its file in ``pages/``, and so its address.
    title, icon
        What people read in the navigation.
    published
        Whether its figures are published ones, real whatever the data folder.
    totals
        Whether it shows nothing of establishments but what :func:`essgeo.indicators.summary`
        prints: only such a page opens on a source under statistical secrecy.
    foot
        Whether the foot of the pages leads to it, and not the menu.
    """

    stem: str
    title: str
    icon: str
    published: bool = False
    totals: bool = False
    foot: bool = False

    @property
    def path(self) -> Path:
        """Where the page's script is; absolute, so that it is found wherever app.py runs from."""
        return ROOT / "pages" / f"{self.stem}.py"


PAGES: tuple[PageInfo, ...] = (
    PageInfo("carte", "Carte", ":material/map:", totals=True),
    PageInfo("secteurs", "Secteurs", ":material/bar_chart:"),
    PageInfo("territoires", "Territoires", ":material/leaderboard:", totals=True),
    PageInfo("quartier", "Fiche quartier", ":material/location_city:", totals=True),
    PageInfo("leviers", "Leviers", ":material/lightbulb:", totals=True),
    PageInfo("cas", "Cas", ":material/explore:", published=True, totals=True),
    PageInfo("chiffres", "Chiffres publiés", ":material/menu_book:", published=True, totals=True),
    PageInfo("mes_donnees", "Mes données", ":material/upload_file:"),
    PageInfo("presentation", "Présenter", ":material/slideshow:", totals=True),
    PageInfo("methode", "Méthode et données", ":material/rule:", totals=True),
    PageInfo(
        "accessibilite",
        "Accessibilité",
        ":material/accessibility_new:",
        published=True,
        totals=True,
        foot=True,
    ),
)


def navigation(*, icons: bool = True) -> PageInfo:
    """Declare the pages and return the one that is asked for; :func:`run` runs it.

    Parameters
    ----------
    icons
        Whether pages show their icon. Without ``st.set_page_config`` before, Streamlit makes the
        page's icon that of the browser's tab, and fetches it from outside.
    """
    if _DECLARED not in st.session_state:
        st.session_state[_DECLARED] = _declared(icons=icons)
    pages: list[tuple[PageInfo, Any]] = st.session_state[_DECLARED]
    current = st.navigation([page for _, page in pages], position="top")
    st.session_state[_FRAMED] = current
    return next(info for info, page in pages if page is current)


def _declared(*, icons: bool) -> list[tuple[PageInfo, Any]]:
    """Declare the pages; once a session, for Streamlit looks on the disk for each of them."""
    home = PAGES[0]
    # The default page answers at the root only, and still reserves the address that it is given:
    # the one that people know is one more page, out of the menu.
    pages = [(home, _page(home, "accueil", icons=icons, default=True))]
    pages += [
        (info, _page(info, info.stem, icons=icons, visibility="hidden" if info.foot else "visible"))
        for info in PAGES[1:]
    ]
    pages.append((home, _page(home, home.stem, icons=icons, visibility="hidden")))
    return pages


def _page(
    info: PageInfo,
    address: str,
    *,
    icons: bool,
    default: bool = False,
    visibility: Literal["visible", "hidden"] = "visible",
) -> Any:
    """Declare one page."""
    return st.Page(
        info.path,
        title=info.title,
        icon=info.icon if icons else None,
        url_path=address,
        default=default,
        visibility=visibility,
    )


def run(atlas: Atlas | None, page: PageInfo) -> None:
    """Run the page that :func:`navigation` found.

    Parameters
    ----------
    atlas
        Data folder opened, None when it cannot be.
    page
        The page; on a source under statistical secrecy it is only run when it shows totals.
    """
    if atlas is not None and atlas.manifest.secret and not page.totals:
        style.title(page.title)
        st.info(
            f"{REFUSED}. Cette page a besoin de chiffres plus fins\u00a0: elle reste fermée pour "
            "ces données. Carte, Territoires et Fiche quartier donnent les totaux permis. Par "
            "secteur, le secret n'en laisse presque aucun\u00a0: parfois celui d'un seul quartier, "
            "choisi avec un secteur dans les filtres.",
            icon=":material/lock:",
        )
        return
    st.session_state[_FRAMED].run()


def guard() -> None:
    """Start again with app.py around when the page was launched alone.

    On a server just started Streamlit looks at the folder ``pages/`` before app.py has run: a
    first visitor on a permalink would get the page without its frame. Declaring the navigation
    tells Streamlit that app.py is the frame.
    """
    if _FRAMED not in st.session_state:
        navigation(icons=False)
        del st.session_state[_FRAMED], st.session_state[_DECLARED]
        st.rerun()
