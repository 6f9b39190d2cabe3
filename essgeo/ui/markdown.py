"""Text from data inside what Streamlit reads as Markdown."""

from __future__ import annotations

import re

#: Characters that begin something in Markdown, or in what Streamlit adds to it (``:red[…]``).
_PUNCTUATION = re.compile(r"([!#$&()*+\-.:<=>\[\\\]^_`{|}~])")


def markdown(text: str) -> str:
    """Escape text from data for labels that Streamlit reads as Markdown."""
    return _PUNCTUATION.sub(r"\\\1", " ".join(text.split()))
