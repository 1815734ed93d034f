"""The kinds of defect, one idea a file."""
