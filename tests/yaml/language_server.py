"""A client of yaml-language-server: what an editor would complete and show in a scene, by the JSON Schema.

``npm install yaml-language-server`` brings the server. It is looked for on the path, and in the folder that
``RENDERSDG_NODE_MODULES`` names.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

Json = Any


def server_command() -> list[str] | None:
    """Return the command that starts the server, None where it is not there."""
    folder = os.environ.get("RENDERSDG_NODE_MODULES")
    script = None if folder is None else Path(folder) / "yaml-language-server" / "bin" / "yaml-language-server"
    if script is not None and script.exists() and shutil.which("node"):
        return ["node", str(script), "--stdio"]
    found = shutil.which("yaml-language-server")
    return [found, "--stdio"] if found else None


class Client:
    """A running server that has one schema for all YAML files."""

    def __init__(self, process: subprocess.Popen[bytes], schema: Path) -> None:
        self._process, self._number, self._files = process, 0, 0
        settings = {
            "yaml": {"schemas": {schema.as_uri(): "*.yaml"}, "hover": True, "completion": True, "validate": True}
        }
        self._settings = settings
        self._diagnostics: dict[str, Json] = {}
        capabilities = {"textDocument": {"completion": {"completionItem": {"documentationFormat": ["markdown"]}}}}
        self._ask("initialize", {"processId": os.getpid(), "rootUri": None, "capabilities": capabilities})
        self._send({"method": "initialized", "params": {}})
        self._send({"method": "workspace/didChangeConfiguration", "params": {"settings": settings}})
        for _ in range(50):  # until the schema is read
            if self.problems("warm: {create.cube: {up: 1}}\n"):
                return
        raise AssertionError("the server finds nothing wrong, so it has no schema")

    def complete(self, text: str) -> dict[str, Json]:
        """Return what is offered at the mark ``|`` of a scene, by label."""
        answer = self._ask("textDocument/completion", self._at_mark(text))
        items = answer if isinstance(answer, list) else answer["items"]
        return {item["label"]: item for item in items}

    def hover(self, text: str) -> str:
        """Return what is shown at the mark ``|`` of a scene."""
        answer = self._ask("textDocument/hover", self._at_mark(text))
        return "" if answer is None else str(answer["contents"]["value"])

    def problems(self, text: str) -> list[str]:
        """Return what the server finds wrong in a scene."""
        uri = self._open(text)
        while uri not in self._diagnostics:
            self._take(self._read())
        return [problem["message"] for problem in self._diagnostics[uri]]

    def close(self) -> None:
        """End the server."""
        self._ask("shutdown", None)
        self._send({"method": "exit"})
        self._process.wait(10)

    def _at_mark(self, text: str) -> Json:
        before, _, after = text.partition("|")
        line, character = before.count("\n"), len(before.rpartition("\n")[2])
        return {
            "textDocument": {"uri": self._open(before + after)},
            "position": {"line": line, "character": character},
        }

    def _open(self, text: str) -> str:
        self._files += 1
        uri = f"file:///scenes/scene{self._files}.yaml"
        document = {"uri": uri, "languageId": "yaml", "version": 1, "text": text}
        self._send({"method": "textDocument/didOpen", "params": {"textDocument": document}})
        return uri

    def _ask(self, method: str, params: Json) -> Json:
        self._number += 1
        number = self._number
        self._send({"id": number, "method": method, "params": params})
        while True:
            message = self._read()
            if message.get("id") == number and "method" not in message:
                assert "error" not in message, message
                return message["result"]
            self._take(message)

    def _take(self, message: Json) -> None:
        """Answer what the server asks, and keep what it tells."""
        if message.get("method") == "textDocument/publishDiagnostics":
            self._diagnostics[message["params"]["uri"]] = message["params"]["diagnostics"]
        elif "id" in message and "method" in message:
            result: Json = None
            if message["method"] == "workspace/configuration":
                result = [self._settings.get(item.get("section"), {}) for item in message["params"]["items"]]
            self._send({"id": message["id"], "result": result})

    def _send(self, message: Json) -> None:
        data = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self._process.stdin is not None
        self._process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(data) + data)
        self._process.stdin.flush()

    def _read(self) -> Json:
        assert self._process.stdout is not None
        length = 0
        while line := self._process.stdout.readline().strip():
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        assert length, "the server ended"
        return json.loads(self._process.stdout.read(length))


@contextmanager
def language_server(schema: Path) -> Iterator[Client]:
    """Run the server with a schema for all ``.yaml`` files."""
    command = server_command()
    assert command is not None
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    try:
        client = Client(process, schema)
        yield client
        client.close()
    finally:
        process.kill()
        process.wait()
