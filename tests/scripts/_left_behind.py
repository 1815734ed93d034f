"""A module of a script's own folder."""

MARK = "left behind"
