"""English in messages: a count and its noun agree."""

from __future__ import annotations

_HISSING = ("s", "x", "ch", "sh")  # nouns that end so take -es


def counted(count: int, noun: str, plural: str | None = None) -> str:
    """Return a count and its noun, in the plural unless the count is 1.

    ``plural`` is for nouns that take neither -s nor -es as most do; of several words the last one is inflected.

    >>> counted(1, "frame"), counted(2, "render product"), counted(0, "box"), counted(2, "epoch", "epochs")
    ('1 frame', '2 render products', '0 boxes', '2 epochs')
    """
    if count == 1:
        return f"1 {noun}"
    return f"{count} {plural or noun + ('es' if noun.endswith(_HISSING) else 's')}"
