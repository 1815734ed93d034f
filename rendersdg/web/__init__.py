"""What pages share: vendored JavaScript, the look in light and dark, markup that escapes, a strict policy."""
