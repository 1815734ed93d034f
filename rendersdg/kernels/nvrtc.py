"""The kernels for GPUs, compiled by NVRTC, which comes by pip and needs no GPU: from the C that processors run."""

from __future__ import annotations

import re
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Any

from rendersdg.errors import KernelsUnavailable
from rendersdg.extras import load
from rendersdg.files import user_cache, write_file

ARCHITECTURES = ("sm_75", "sm_80", "sm_86", "sm_89", "sm_90", "sm_100", "sm_120")  # Turing to Blackwell
FLAGS = (
    "--std=c++20",
    "--device-as-default-execution-space",
    "--fmad=false",  # a*b+c is rounded twice, as processors do it here
    "--ftz=false",
    "--prec-div=true",
    "--prec-sqrt=true",
)
LABELS, COLOURS = "grid.c", "grid_shade.c"  # the sources
_HERE = Path(__file__).resolve().parent
# what the sources take of the C library's headers; NVRTC knows the functions of math.h without any
_LIBRARY = {
    "stdint.h": """
typedef signed char int8_t;
typedef short int16_t;
typedef int int32_t;
typedef long long int64_t;
typedef unsigned char uint8_t;
typedef unsigned short uint16_t;
typedef unsigned int uint32_t;
typedef unsigned long long uint64_t;
#define INT32_MAX 2147483647
#define INT64_MAX 9223372036854775807LL
""",
    "stddef.h": "",
    "stdlib.h": "",
    "string.h": "",
    "math.h": "#define INFINITY __int_as_float(0x7f800000)\n#define NAN __int_as_float(0x7fffffff)\n",
}


def compiled(architecture: str, source: str = LABELS, *, form: str = "cubin", folder: Path | None = None) -> bytes:
    """Return the kernels of a source for a GPU, from a folder of those that were compiled before if they are there.

    Args:
        architecture: ``sm_80``, ``sm_90``, ...
        source: :data:`LABELS` or :data:`COLOURS`, which takes a minute or two.
        form: ``cubin``, machine code, or ``ptx``, the text before it.
        folder: keeps what was compiled, by the digest of the sources; None for ``~/.cache/rendersdg/kernels``.

    Raises:
        BadArgument: cuda-bindings is not installed.
        KernelsUnavailable: NVRTC is not there, or says something about the sources.
    """
    sources = sources_of(source)
    nvrtc = load("cuda.bindings.nvrtc", "cuda", "drawing on a GPU")
    folder = _default_folder() if folder is None else folder
    if folder is None:
        return _compiled(source, sources, architecture, form)
    file = folder / f"{_digest(source, sources, str(_called(nvrtc.nvrtcVersion)))}-{architecture}.{form}"
    with suppress(OSError):
        return file.read_bytes()
    content = _compiled(source, sources, architecture, form)
    with suppress(OSError):  # where nothing can be kept it is compiled anew next time
        folder.mkdir(parents=True, exist_ok=True)
        write_file(file, content)
    return content


def sources_of(source: str) -> dict[str, str]:
    """Return the source and all that it includes, and what that includes, by their names."""
    found, waiting = dict(_LIBRARY), [source]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found[name] = (_HERE / name).read_text(encoding="utf-8")
            waiting += re.findall(r'^#include "([\w.]+)"', found[name], re.MULTILINE)
    return found


def _digest(source: str, sources: dict[str, str], version: str) -> str:
    total = sha256("\0".join((source, version, *FLAGS)).encode())
    for name in sorted(sources):
        total.update(f"\0{name}\0{sources[name]}".encode())
    return total.hexdigest()[:32]


def _default_folder() -> Path | None:
    """Return where what was compiled is kept, None for a user without a home."""
    try:
        return user_cache("kernels")
    except RuntimeError:
        return None


def _called(function: Any, *arguments: Any) -> Any:
    """Return the status and what a function of NVRTC gives."""
    try:
        return function(*arguments)
    except RuntimeError as error:  # the library itself is another package's
        raise KernelsUnavailable(f"NVRTC cannot be loaded ({error}); pip install 'rendersdg[cuda]'") from None


def _compiled(source: str, sources: dict[str, str], architecture: str, form: str) -> bytes:
    nvrtc = load("cuda.bindings.nvrtc", "cuda", "drawing on a GPU")

    def done(function: Any, *arguments: Any) -> Any:
        status, *found = _called(function, *arguments)
        if status != nvrtc.nvrtcResult.NVRTC_SUCCESS:
            raise KernelsUnavailable(f"NVRTC cannot compile the kernels for {architecture}: {status.name}")
        return found[0] if found else None

    def filled(size_of: Any, get: Any) -> bytes:
        content = bytearray(done(size_of, program))  # not bytes: those of one character are shared in Python
        done(get, program, content)
        return bytes(content)

    headers = {name: text for name, text in sources.items() if name != source}
    names, texts = [n.encode() for n in headers], [t.encode() for t in headers.values()]
    program = done(nvrtc.nvrtcCreateProgram, sources[source].encode(), source.encode(), len(names), texts, names)
    try:
        flags = [flag.encode() for flag in (f"--gpu-architecture={architecture}", *FLAGS)]
        status, *_ = _called(nvrtc.nvrtcCompileProgram, program, len(flags), flags)
        told = filled(nvrtc.nvrtcGetProgramLogSize, nvrtc.nvrtcGetProgramLog).decode(errors="replace").strip("\0 \n")
        if status != nvrtc.nvrtcResult.NVRTC_SUCCESS or told:
            raise KernelsUnavailable(f"NVRTC cannot compile the kernels for {architecture}: {told or status.name}")
        if form == "ptx":
            return filled(nvrtc.nvrtcGetPTXSize, nvrtc.nvrtcGetPTX)
        return filled(nvrtc.nvrtcGetCUBINSize, nvrtc.nvrtcGetCUBIN)
    finally:
        _called(nvrtc.nvrtcDestroyProgram, program)
