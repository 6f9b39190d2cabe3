"""What can go wrong, said in one French line."""


class EssgeoError(Exception):
    """Base class: its text is one French line meant for the person at the keyboard."""


class DataError(EssgeoError, ValueError):
    """The data is at fault: the text names the file, the column or row, and what to do."""


class OutputError(EssgeoError, OSError):
    """A place cannot be written to: refused, full, or holding something that is not ours."""


class UsageError(EssgeoError, ValueError):
    """The call is at fault: an unknown option, axis or format."""
