"""What can go wrong, said in one French line."""


class EssgeoError(Exception):
    """Base class: its text is one French line meant for the person at the keyboard."""


class DataError(EssgeoError, ValueError):
    """The data is at fault: the text names the file, the column or row, and what to do."""


class UsageError(EssgeoError, ValueError):
    """The call is at fault: an option, an output that cannot be written, a wrong folder."""
