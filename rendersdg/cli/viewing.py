"""The command that shows a dataset, a training run or a scene in the browser."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from rendersdg.cli.options import log_errors, takes
from rendersdg.errors import BadArgument
from rendersdg.extras import needs


@dataclass(frozen=True, kw_only=True)
class ViewOptions:
    """Options of ``rendersdg view``."""

    place: Annotated[
        str,
        typer.Argument(
            metavar="DATA|SCENE|RUN", help="A labelled set ([LAYOUT:]PATH[@SPLIT]), a scene (.yaml), or a run's folder."
        ),
    ]
    compare: Annotated[
        str | None, typer.Option("--compare", help="Another labelled set, to be seen beside the first.")
    ] = None
    data: Annotated[
        str | None, typer.Option("--data", help="The labelled set that a run's predictions are compared with.")
    ] = None
    also: Annotated[
        list[str] | None,
        typer.Option("--also", help="A further folder that pictures may come from (repeatable); others are not shown."),
    ] = None
    port: Annotated[
        int | None,
        typer.Option("--port", min=0, max=65535, help="Port of 127.0.0.1; 0 for any; default: 8720 if free."),
    ] = None
    is_opened: Annotated[bool, typer.Option("--open/--no-open", help="Open the address in a browser.")] = True


@takes(ViewOptions)
def view(options: ViewOptions) -> None:
    """Show a dataset, a training run or a scene in the browser: a page for this machine alone."""
    for library in ("starlette", "uvicorn"):
        needs(library, "view", "the viewer")
    from rendersdg.viewer.serving import serve
    from rendersdg.viewer.sources import Asked, source_of

    log_errors()
    also = tuple(options.also or ())
    for folder in also:
        if not Path(folder).is_dir():
            raise BadArgument(f"--also {folder} is not a folder")
    source = source_of(Asked(place=options.place, compare=options.compare, data=options.data, also=also))
    serve(source, port=options.port, log=lambda text: print(text, flush=True), is_opened=options.is_opened)
