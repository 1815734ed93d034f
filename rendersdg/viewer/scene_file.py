"""The one file that the scene's page may write: read, watched for others' edits, saved whole or not at all."""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from threading import Lock

from rendersdg.errors import BadScene, DatasetError
from rendersdg.files import write_file
from rendersdg.yaml.document import require_file

_MARK = "\ufeff"  # that some editors put before a text
_LARGEST = 1 << 20  # bytes


@dataclass(frozen=True, slots=True)
class Text:
    """A scene's text as editors show it, lines ending in a line feed, and the ``digest`` of the file that has it."""

    text: str
    digest: str


@dataclass(eq=False)
class SceneFile:
    """A scene's file. ``path`` may be a link: what it leads to when this is made is what is read and written."""

    path: Path
    _lock: Lock = field(default_factory=Lock, repr=False)
    _seen: tuple[tuple[int, int, int], str] | None = None  # what the system says of the file, and its digest

    def __post_init__(self) -> None:
        require_file(self.path)
        self.target = self.path.resolve()

    def read(self) -> Text:
        """Return what is on disk. Raises BadScene where it cannot be a scene, DatasetError where it cannot be read."""
        data = self._bytes()
        if data is None:
            raise DatasetError(f"{self.path} is gone")
        if len(data) > _LARGEST:
            raise BadScene(f"{self.path} has {len(data)} bytes; the page edits scenes of at most {_LARGEST}")
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise BadScene(f"{self.path} is not UTF-8 text: byte {error.start}") from None
        return Text(text.replace("\r\n", "\n"), sha256(data).hexdigest())

    def digest(self) -> str | None:
        """Return the digest of what is on disk, None where the file is gone. It is read where it may have changed."""
        try:
            state = self.target.stat()
        except OSError:
            return None
        now = (state.st_mtime_ns, state.st_size, state.st_ino)
        if self._seen is None or self._seen[0] != now:
            data = self._bytes()
            if data is None:
                return None
            self._seen = now, sha256(data).hexdigest()
        return self._seen[1]

    def save(self, text: str, expected: str) -> str:
        """Write a text over the file and return its digest. Line ends and a byte order mark stay as the file has them.

        Args:
            text: what is to stand there.
            expected: the digest of the file that was edited.

        Raises:
            DatasetError: the file is another by now, or gone, and is left as it is; or it cannot be written.
        """
        with self._lock:
            there = self._bytes()
            if there is None:
                raise DatasetError(f"{self.path} is gone: nothing was saved; put it back, or copy the text elsewhere")
            if sha256(there).hexdigest() != expected:
                raise DatasetError(
                    f"{self.path} has changed on disk since it was read: nothing was saved; reload it or copy your text"
                )
            mark = _MARK if there.startswith(_MARK.encode()) else ""
            ends = "\r\n" if there.count(b"\r\n") * 2 > there.count(b"\n") else "\n"
            data = (mark + text.replace("\r\n", "\n").replace("\n", ends)).encode()
            mode = self.target.stat().st_mode
            try:
                write_file(self.target, data)
                self.target.chmod(mode & 0o7777)
            except OSError as error:
                raise DatasetError(f"{self.path} cannot be written: {error.strerror}") from None
            return sha256(data).hexdigest()

    def _bytes(self) -> bytes | None:
        try:
            return self.target.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise DatasetError(f"{self.path} cannot be read: {error.strerror}") from None
