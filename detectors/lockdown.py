"""A process that locks itself in, by what Linux has for processes without rights: seccomp and Landlock.

Both hold for this process until it ends, and for whatever it starts. Other systems have nothing of the kind that a
process may ask for itself.

https://docs.kernel.org/userspace-api/seccomp_filter.html, https://docs.kernel.org/userspace-api/landlock.html
"""

from __future__ import annotations

import ctypes
import os
import platform
import struct
import sys
from collections.abc import Iterable
from pathlib import Path

_NO_NEW_PRIVILEGES, _SET_SECCOMP, _FILTER = 38, 22, 2  # of prctl
_ALLOW, _KILL, _ERRNO = 0x7FFF0000, 0x80000000, 0x00050000  # what a filter answers
_EPERM, _ENOSYS = 1, 38
_CLONE_THREAD = 0x00010000
_X32 = 0x40000000  # numbers of x86-64's second table
_LANDLOCK_CREATE, _LANDLOCK_ADD, _LANDLOCK_RESTRICT = 444, 445, 446  # the same on all processors
_NO_LANDLOCK = "files (Landlock, Linux 5.13 or later, is off)"
_PATH_BENEATH = 1  # LANDLOCK_RULE_PATH_BENEATH
_READ = 0b1101  # of Landlock: execute (map code of libraries), read a file, list a folder
_WRITE_DEVICE = 0b10
_SYSTEM = (
    *("/usr", "/lib", "/lib64", "/etc/ld.so.cache", "/etc/localtime", "/etc/os-release"),
    *("/proc/self", "/proc/cpuinfo", "/proc/meminfo", "/sys/devices/system/cpu"),  # what torch counts cores by
)
_DEVICES = ("/dev/null", "/dev/zero", "/dev/urandom", "/dev/random")

# numbers of system calls that are refused: sockets, programs, other processes, and doors into the kernel
_REFUSED = {
    "x86_64": {
        "socket": 41, "connect": 42, "bind": 49, "sendto": 44, "fork": 57, "vfork": 58, "execve": 59, "kill": 62,
        "ptrace": 101, "rt_sigqueueinfo": 129, "mount": 165, "tkill": 200, "tgkill": 234, "add_key": 248,
        "request_key": 249, "keyctl": 250, "unshare": 272, "perf_event_open": 298, "rt_tgsigqueueinfo": 297,
        "setns": 308, "process_vm_readv": 310, "process_vm_writev": 311, "bpf": 321, "execveat": 322,
        "userfaultfd": 323, "pidfd_send_signal": 424, "io_uring_setup": 425, "pidfd_open": 434, "pidfd_getfd": 438,
    },
    "aarch64": {
        "socket": 198, "connect": 203, "bind": 200, "sendto": 206, "execve": 221, "kill": 129, "ptrace": 117,
        "rt_sigqueueinfo": 138, "mount": 40, "tkill": 130, "tgkill": 131, "add_key": 217, "request_key": 218,
        "keyctl": 219, "unshare": 97, "perf_event_open": 241, "rt_tgsigqueueinfo": 240, "setns": 268,
        "process_vm_readv": 270, "process_vm_writev": 271, "bpf": 280, "execveat": 281, "userfaultfd": 282,
        "pidfd_send_signal": 424, "io_uring_setup": 425, "pidfd_open": 434, "pidfd_getfd": 438,
    },
}  # fmt: skip
_CLONE = {"x86_64": 56, "aarch64": 220}
_CLONE3 = 435
_AUDIT = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}  # how the kernel names a processor


def lock(folder: Path, readable: Iterable[str]) -> str:
    """Lock this process in, and return in words what it could not be kept from; empty where it is kept from all.

    Args:
        folder: what may still be written.
        readable: folders that may still be read, besides the system's libraries.
    """
    machine = platform.machine().lower()
    if sys.platform != "linux" or machine not in _REFUSED:
        return open_here()
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0):
        return "files and network (it may not give up its rights)"
    left = [] if _keep_to_files(libc, folder, readable) else [_NO_LANDLOCK]
    left += [] if _refuse_calls(libc, machine) else ["network and programs (seccomp is off)"]
    return ", ".join(left)


def open_here() -> str:
    """Return in words what this system cannot keep a process from, as :func:`lock` does; nothing is locked."""
    if sys.platform != "linux" or platform.machine().lower() not in _REFUSED:
        return "files and network (only Linux on x86-64 and arm64 can)"
    has_landlock = ctypes.CDLL(None, use_errno=True).syscall(_LANDLOCK_CREATE, None, 0, 1) >= 1
    return "" if has_landlock else _NO_LANDLOCK


def _keep_to_files(libc: ctypes.CDLL, folder: Path, readable: Iterable[str]) -> bool:
    """Refuse every file outside of some folders, by Landlock; return whether the kernel does it."""
    version = libc.syscall(_LANDLOCK_CREATE, None, 0, 1)
    if version < 1:
        return False
    rights = (1 << {1: 13, 2: 14, 3: 15, 4: 15}.get(version, 16)) - 1
    net = 0b11 if version >= 4 else 0  # bind and connect TCP
    scope = 0b11 if version >= 6 else 0  # abstract sockets, and signals to others
    wanted = struct.pack("<QQQ", rights, net, scope)[: 8 if version < 4 else 16 if version < 6 else 24]
    rules = libc.syscall(_LANDLOCK_CREATE, wanted, len(wanted), 0)
    if rules < 0:
        return False
    try:
        for place in dict.fromkeys([*_SYSTEM, *(p for p in readable if p)]):
            _allow(libc, rules, place, _READ)
        for place in _DEVICES:
            _allow(libc, rules, place, _READ & ~0b1001 | _WRITE_DEVICE)
        _allow(libc, rules, str(folder), rights)
        return libc.syscall(_LANDLOCK_RESTRICT, rules, 0) == 0
    finally:
        os.close(rules)


def _allow(libc: ctypes.CDLL, rules: int, place: str, rights: int) -> None:
    """Add what may be done below a place; one that is not there is left out."""
    try:
        opened = os.open(place, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    if not os.path.isdir(place):
        rights &= 0b111  # the others are of folders
    try:
        libc.syscall(_LANDLOCK_ADD, rules, _PATH_BENEATH, struct.pack("<Qi", rights, opened), 0)
    finally:
        os.close(opened)


def _refuse_calls(libc: ctypes.CDLL, machine: str) -> bool:
    """Refuse system calls by a seccomp filter; return whether the kernel does it.

    A thread is the one thing that may be started: ``clone3``, whose flags a filter cannot see, is said to be unknown,
    and the C library then takes ``clone``.
    """
    load, jump_equal, jump_set, jump_most, answer = 0x20, 0x15, 0x45, 0x35, 0x06
    program = [
        (load, 0, 0, 4),  # the processor
        (jump_equal, 1, 0, _AUDIT[machine]),
        (answer, 0, 0, _KILL),
        (load, 0, 0, 0),  # the call
    ]
    if machine == "x86_64":
        program += [(jump_most, 0, 1, _X32), (answer, 0, 0, _KILL)]
    for number in _REFUSED[machine].values():
        program += [(jump_equal, 0, 1, number), (answer, 0, 0, _ERRNO | _EPERM)]
    program += [(jump_equal, 0, 1, _CLONE3), (answer, 0, 0, _ERRNO | _ENOSYS)]
    program += [(jump_equal, 0, 3, _CLONE[machine]), (load, 0, 0, 16), (jump_set, 1, 0, _CLONE_THREAD)]
    program += [(answer, 0, 0, _ERRNO | _EPERM), (answer, 0, 0, _ALLOW)]
    packed = b"".join(struct.pack("<HBBI", *one) for one in program)
    buffer = ctypes.create_string_buffer(packed, len(packed))

    class Program(ctypes.Structure):
        _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))

    whole = Program(len(program), ctypes.cast(buffer, ctypes.c_void_p))
    return bool(libc.prctl(_SET_SECCOMP, _FILTER, ctypes.byref(whole), 0, 0) == 0)
