"""``carb.settings``: the settings tree."""

from __future__ import annotations

from typing import Any

from rendersdg.replicator.engine import current
from rendersdg.replicator.host import current_host

__all__ = ["ISettings", "get_settings"]


class Settings:
    """The settings tree: anything may be set and read back. Those of Replicator's that change frames are honoured."""

    def set(self, key: str, value: object) -> None:
        """Set a value."""
        current().settings.set(key, value)

    set_bool = set_int = set_float = set_string = set_int_array = set_float_array = set

    def set_default(self, key: str, value: object) -> None:
        """Set a value unless there is one."""
        if self.get(key) is None:
            self.set(key, value)

    set_default_bool = set_default_int = set_default_float = set_default_string = set_default

    def get(self, key: str) -> Any:
        """Return a value as it was set, else as an application is launched with it; None when there is neither."""
        return current().settings.get(key)

    def get_as_bool(self, key: str) -> bool:
        """Return a value as a bool."""
        return bool(self.get(key))

    def get_as_int(self, key: str) -> int:
        """Return a value as an int."""
        return int(self.get(key) or 0)

    def get_as_float(self, key: str) -> float:
        """Return a value as a float."""
        return float(self.get(key) or 0.0)

    def get_as_string(self, key: str) -> str:
        """Return a value as text."""
        value = self.get(key)
        return "" if value is None else str(value)

    def destroy_item(self, key: str) -> None:
        """Forget a value."""
        current().settings.forget(key)


ISettings = Settings


def get_settings() -> Settings:
    """Return the settings tree of this run."""
    return current_host().part(Settings)
