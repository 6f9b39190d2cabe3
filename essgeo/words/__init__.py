"""Words around figures, one module a subject: what is said of what was computed; no drawing."""
