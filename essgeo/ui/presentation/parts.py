"""What a screen holds of a step: a text too long for a room is cut, never made smaller."""

from __future__ import annotations

import math

from essgeo.story.model import Block, Note, Paragraph, Points, Step

#: Characters of a line, and lines of a screen, in the letters of the stage.
_WIDTH, _LINES = 112, 18.5


def parts(step: Step) -> tuple[tuple[Block, ...], ...]:
    """Share what a step shows between screens.

    Parameters
    ----------
    step
        Pictures, figures and tables keep to one screen; texts alone are cut between blocks.

    Returns
    -------
    tuple
        At least one screen, which may be empty; all the blocks, in order.
    """
    if not all(isinstance(block, Points | Paragraph | Note) for block in step.blocks):
        return (step.blocks,)
    screens: list[list[Block]] = [[]]
    left = _LINES - 1.3 * _lines(step.sentence)
    for block in step.blocks:
        height = _height(block)
        if screens[-1] and height > left:
            screens.append([])
            left = _LINES
        screens[-1].append(block)
        left -= height
    return tuple(tuple(screen) for screen in screens)


def _height(block: Block) -> float:
    """Return the lines that a text takes, with the room after it."""
    if isinstance(block, Points):
        return 1.6 * bool(block.title) + sum(_lines(item) + 0.3 for item in block.items) + 0.5
    return _lines(block.text) + 0.6 if isinstance(block, Paragraph | Note) else _LINES


def _lines(text: str) -> int:
    return math.ceil(len(text) / _WIDTH)
