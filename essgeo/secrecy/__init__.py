"""What may be published: of a single establishment, and of a source under statistical secrecy."""

from essgeo.secrecy.atoms import Partition, Rule, partition
from essgeo.secrecy.diffusion import listed, publishable
from essgeo.secrecy.drawing import drawn
from essgeo.secrecy.printing import REFUSED, protected

__all__ = [
    "REFUSED",
    "Partition",
    "Rule",
    "drawn",
    "listed",
    "partition",
    "protected",
    "publishable",
]
