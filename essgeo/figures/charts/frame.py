"""What every chart shares: fonts, French numbers, its source at the foot, its nature inside."""

from __future__ import annotations

import textwrap

import plotly.graph_objects as go

from essgeo.figures.map import MARKS
from essgeo.figures.palettes import BASE, Theme
from essgeo.manifest import Nature
from essgeo.text import NNBSP, escape

#: Fonts of the computer, not the page's: a browser makes a picture without the page's fonts, and
#: texts laid out with one and drawn with another do not fit.
FONT = '"Segoe UI", "Helvetica Neue", Arial, sans-serif'

#: Size of the text in pixels, read from the back of a room, and of the foot.
SIZE, SMALL = 16, 13

#: Characters in a line of the foot (a phone's width), and the height of the line in pixels.
FOOT_WIDTH, FOOT_LINE = 50, 18

#: Room in pixels for the ticks of the axis between the plot and the foot.
TICKS = 34

#: Okabe and Ito's orange, darker on white where it writes text: contrast 4.9 and 8.1.
MARK: dict[Theme, str] = {"clair": "#a15c00", "sombre": "#ffb52e"}


def framed(
    figure: go.Figure,
    *,
    source: str,
    nature: Nature,
    theme: Theme = "clair",
    height: int,
    top: int = 12,
) -> go.Figure:
    """Dress a chart: what it must say of itself leaves with the picture.

    Parameters
    ----------
    figure
        Changed in place. Its texts are already escaped.
    source
        Source, date and outlines, one line of plain text, written at the foot.
    nature
        Simulated figures are marked across the plot and at the foot.
    theme
        « clair » or « sombre ».
    height
        Height in pixels of the plot and of ``top``; ticks and foot are added.
    top
        Margin in pixels above the plot, for a legend or a title of panels.

    Returns
    -------
    plotly.graph_objects.Figure
        The same figure.
    """
    base = BASE[theme]
    foot = [escape(line) for line in textwrap.wrap(source, FOOT_WIDTH)]
    mark = MARKS[nature]
    if mark:
        foot.insert(0, f'<b><span style="color:{MARK[theme]}">{mark}</span></b>')
        figure.add_annotation(
            text=f"<b>{'<br>'.join(textwrap.wrap(mark, 12))}</b>",
            xref="paper",
            yref="paper",
            x=0.5,
            y=0.5,
            showarrow=False,
            textangle=-18,
            opacity=0.2,
            font={"size": 38, "color": MARK[theme]},
        )
    below = FOOT_LINE * len(foot) + 14
    whole = height + TICKS + below
    figure.update_layout(
        height=whole,
        autosize=True,
        separators=f",{NNBSP}",
        font={"family": FONT, "size": SIZE, "color": base["texte"]},
        # Opaque: light letters on a transparent picture vanish on a white slide.
        paper_bgcolor=base["papier"],
        plot_bgcolor=base["papier"],
        hoverlabel={
            "font": {"family": FONT, "size": SIZE, "color": base["texte"]},
            "bgcolor": base["survol"],
            "align": "left",
        },
        margin={"l": 8, "r": 16, "t": top, "b": below + TICKS},
        dragmode=False,
        modebar={"bgcolor": base["papier"], "color": base["discret"], "activecolor": base["texte"]},
        legend={
            "orientation": "h",
            "xref": "container",
            "x": 0,
            "yref": "container",
            "y": 1,
            "yanchor": "top",
            "font": {"size": SIZE},
            "itemsizing": "constant",
        },
        # A title at the foot: unlike an annotation it may run under the labels, on a phone too.
        title={
            "text": "<br>".join(foot),
            "xref": "container",
            "x": 0,
            "xanchor": "left",
            "pad": {"l": 8},
            "yref": "container",
            "y": (below - 6) / whole,
            "yanchor": "top",
            "font": {"size": SMALL, "color": base["discret"]},
        },
    )
    # A finger that scrolls the page must not zoom into the chart.
    axes = {
        "fixedrange": True,
        "automargin": True,
        "gridcolor": base["trait_departement"],
        "zerolinecolor": base["trait_region"],
    }
    figure.update_xaxes(**axes)
    figure.update_yaxes(**axes)
    return figure


def wrapped(label: str, width: int = 24) -> str:
    """Escape a label and break it into lines that leave room for the plot on a phone."""
    return "<br>".join(escape(line) for line in textwrap.wrap(label, width)) or escape(label)
