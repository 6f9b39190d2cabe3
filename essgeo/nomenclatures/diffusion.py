"""Sirene's words on what its units let be published (Insee, statut de diffusion)."""

from __future__ import annotations

#: What Sirene writes in place of a masked value.
MASKED = "[ND]"

#: First digit of the legal category of natural persons (Insee, catégories juridiques).
NATURAL_PERSON = "1"

#: Statuses of units that are not wholly open to diffusion; « N » is what Sirene wrote until 2022.
PARTIAL = ("P", "N")
