"""What is told of a selection: to a room, step by step, or on paper."""

from essgeo.story.documents import default_steps, fiche, note, tell, told
from essgeo.story.model import Story
from essgeo.story.steps import STEPS

__all__ = ["STEPS", "Story", "default_steps", "fiche", "note", "tell", "told"]
