"""Files of a stranger, read in a process of their own that cannot take the server down."""
