"""What code that is kept in may try, as expressions."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path


def attacks(folder: Path) -> dict[str, str]:
    """Return expressions that a pickle may try; those that touch files leave ``canary`` in the folder."""
    canary, secret = str(folder / "canary"), str(folder / "secret")
    program = f"[__import__('sys').executable, '-c', {f'open({canary!r}, {chr(119)!r})'!r}]"
    return {
        "make a folder": f"__import__('os').mkdir({canary!r})",
        "write a file": f"open({canary!r}, 'w')",
        "change a file": f"open({secret!r}, 'a')",
        "read a file": f"open({secret!r}).read()",
        "list a folder": f"__import__('os').listdir({str(folder)!r})",
        "remove a file": f"__import__('os').remove({secret!r})",
        "move a file": f"__import__('os').rename({secret!r}, 'mine')",
        "link a file": f"__import__('os').link({secret!r}, 'mine')",
        "start a program": f"__import__('subprocess').check_call({program})",
        "fork": "__import__('os').fork() or __import__('os')._exit(0)",
        "end this process": f"__import__('os').kill({os.getpid()}, 9)",
        "look at this process": f"open('/proc/{os.getpid()}/environ', 'rb').read()",
        "open a socket": "__import__('socket').socket()",
        "open another kind of socket": "__import__('socket').socket(1, 1)",
    }


def trying(expressions: Mapping[str, str]) -> str:
    """Return code that tries each and keeps in ``hits`` the names of those that succeed, after ``none``."""
    lines = ["hits = ['none']"]
    for name, expression in expressions.items():
        lines += ["try:", f"    {expression}", f"    hits.append({name!r})", "except Exception: pass"]
    return "\n".join(lines)
