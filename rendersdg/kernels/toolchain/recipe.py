"""What is compiled and how: the sources, the flags, the levels of each platform, and a digest of all of it."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

KERNELS = Path(__file__).resolve().parent.parent
FLAGS = (
    "-std=c11",
    "-O3",
    "-ffp-contract=off",  # a*b+c is rounded twice everywhere, so that every processor makes the same bytes
    "-fno-math-errno",
    "-fno-trapping-math",
    "-fvisibility=hidden",
    "-fPIC",
    "-Wall",
    "-Wextra",
    "-Wno-psabi",  # wide vectors go to static functions alone, where no other compiler's calls matter
)
STRICT = "RENDERSDG_KERNELS_STRICT"  # the environment variable that makes warnings errors
X86_LEVELS = ("v2", "v3", "v4")  # of the x86-64 psABI
LIBRARY_SUFFIXES = {"darwin": ".dylib", "windows": ".dll"}  # elsewhere .so


@dataclass(frozen=True, slots=True)
class Target:
    """A platform that libraries are built for.

    ``system`` is linux, darwin, windows or another lowercase name, ``machine`` x86_64, aarch64 or what the system says,
    ``zig`` zig's name of both, and ``tag`` the last part of a wheel's name.
    """

    system: str
    machine: str
    zig: str
    tag: str

    @property
    def levels(self) -> tuple[str, ...]:
        """Return the names of the libraries, the plainest first."""
        return X86_LEVELS if self.machine == "x86_64" else ("base",)

    def library(self, level: str) -> str:
        """Return the file name of a level's library."""
        return f"kernels-{level}{LIBRARY_SUFFIXES.get(self.system, '.so')}"


# glibc 2.17 is what manylinux2014 promises; the versions of macOS are the oldest that Python 3.13 runs on
TARGETS = {
    "linux-x86_64": Target("linux", "x86_64", "x86_64-linux-gnu.2.17", "manylinux_2_17_x86_64.manylinux2014_x86_64"),
    "linux-aarch64": Target(
        "linux", "aarch64", "aarch64-linux-gnu.2.17", "manylinux_2_17_aarch64.manylinux2014_aarch64"
    ),
    "macos-x86_64": Target("darwin", "x86_64", "x86_64-macos.10.13", "macosx_10_13_x86_64"),
    "macos-arm64": Target("darwin", "aarch64", "aarch64-macos.11.0", "macosx_11_0_arm64"),
    "windows-amd64": Target("windows", "x86_64", "x86_64-windows-gnu", "win_amd64"),
}


def this_machine() -> Target:
    """Return the platform that this Python runs on; its tag is the one of wheels that stay here.

    Every start in a checkout asks, so it does without the modules platform and sysconfig where it can.
    """
    system = {"win32": "windows"}.get(sys.platform, sys.platform)
    machine = (os.uname().machine if hasattr(os, "uname") else os.environ.get("PROCESSOR_ARCHITECTURE", "")).lower()
    machine = {"amd64": "x86_64", "arm64": "aarch64"}.get(machine, machine)
    if system == "linux":
        libc = "musl" if "musl" in getattr(sys.implementation, "_multiarch", "") else "gnu"
        known = TARGETS.get(f"linux-{machine}")
        zig = known.zig if known is not None and libc == "gnu" else f"{machine}-linux-{libc}"
        return Target(system, machine, zig, f"linux_{machine}")
    for target in TARGETS.values():
        if (target.system, target.machine) == (system, machine):
            return target
    import sysconfig

    return Target(system, machine, f"{machine}-{system}", sysconfig.get_platform().replace("-", "_").replace(".", "_"))


def sources() -> list[Path]:
    """Return the C files, which one command compiles together, sorted by name."""
    return sorted(KERNELS.glob("*.c"))


def digest() -> str:
    """Return the digest of all sources, headers and flags: 64 hexadecimal characters.

    It does not say which compiler was used.
    """
    total = sha256("\0".join(FLAGS).encode())
    for name in sorted(entry.name for entry in os.scandir(KERNELS) if entry.name.endswith((".c", ".h"))):
        content = (KERNELS / name).read_bytes().replace(b"\r\n", b"\n")
        total.update(f"\0{name}\0{len(content)}\0".encode())
        total.update(content)
    return total.hexdigest()
