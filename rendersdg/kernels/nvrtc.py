"""The kernels for GPUs, compiled by NVRTC, which comes by pip and needs no GPU: from the C that processors run."""

from __future__ import annotations

import os
import re
import tempfile
from hashlib import sha256
from pathlib import Path
from typing import Any

from rendersdg.errors import KernelsUnavailable
from rendersdg.extras import load

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
    folder = _default_folder() if folder is None else folder
    file = folder / f"{_digest(source, sources)}-{architecture}.{form}"
    if file.is_file():
        return file.read_bytes()
    content = _compiled(source, sources, architecture, form)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder, delete=False) as written:  # several processes may do the same
            written.write(content)
        os.replace(written.name, file)
    except OSError:
        pass  # a home that cannot be written to: it is compiled anew next time
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


def _digest(source: str, sources: dict[str, str]) -> str:
    total = sha256("\0".join((source, *FLAGS)).encode())
    for name in sorted(sources):
        total.update(f"\0{name}\0{sources[name]}".encode())
    return total.hexdigest()[:32]


def _default_folder() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "rendersdg" / "kernels"


def _compiled(source: str, sources: dict[str, str], architecture: str, form: str) -> bytes:
    nvrtc = load("cuda.bindings.nvrtc", "cuda", "drawing on a GPU")

    def called(function: Any, *arguments: Any) -> Any:
        try:
            status, *found = function(*arguments)
        except RuntimeError as error:  # the library itself is another package's
            raise KernelsUnavailable(f"NVRTC cannot be loaded ({error}); pip install 'rendersdg[cuda]'") from None
        return status, found[0] if found else None

    headers = {name: text for name, text in sources.items() if name != source}
    names, texts = [n.encode() for n in headers], [t.encode() for t in headers.values()]
    status, program = called(
        nvrtc.nvrtcCreateProgram, sources[source].encode(), source.encode(), len(names), texts, names
    )
    flags = [flag.encode() for flag in (f"--gpu-architecture={architecture}", *FLAGS)]
    status, _ = called(nvrtc.nvrtcCompileProgram, program, len(flags), flags)
    _, size = called(nvrtc.nvrtcGetProgramLogSize, program)
    said = b" " * size
    called(nvrtc.nvrtcGetProgramLog, program, said)
    told = said.decode(errors="replace").strip("\0 \n")
    if status != nvrtc.nvrtcResult.NVRTC_SUCCESS or told:
        raise KernelsUnavailable(f"NVRTC cannot compile the kernels for {architecture}: {told or status}")
    size_of, get = {
        "cubin": (nvrtc.nvrtcGetCUBINSize, nvrtc.nvrtcGetCUBIN),
        "ptx": (nvrtc.nvrtcGetPTXSize, nvrtc.nvrtcGetPTX),
    }[form]
    _, size = called(size_of, program)
    content = b" " * size
    called(get, program, content)
    called(nvrtc.nvrtcDestroyProgram, program)
    return content
