"""A picture to take away: its formats, each drawn when it is asked for."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

if TYPE_CHECKING:
    # What draws is long to import, and most visitors never ask for a picture.
    from essgeo.figures.print.paper import Format

#: Formats of a picture -> what people read.
FORMATS: dict[Format, str] = {
    "png": "Image PNG (300 points par pouce)",
    "svg": "Image SVG (impression, retouche)",
}

_MIMES: dict[Format, str] = {"png": "image/png", "svg": "image/svg+xml"}


def pictures(draw: Callable[[Format], bytes], name: str, *, key: str, what: str = "Image") -> None:
    """Offer a picture in each format.

    Parameters
    ----------
    draw
        Makes the file of a format.
    name
        Of the file, without its suffix.
    key
        Of the widgets.
    what
        What the picture is, in the words of the buttons.
    """
    for fmt, label in FORMATS.items():
        st.download_button(
            label.replace("Image", what),
            data=partial(draw, fmt),
            file_name=f"{name}.{fmt}",
            mime=_MIMES[fmt],
            on_click="ignore",
            key=f"{key}.{fmt}",
            width="stretch",
        )
