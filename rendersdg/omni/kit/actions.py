"""``omni.kit.actions.core``: what menus and keys do; without windows, nothing."""

from __future__ import annotations

from rendersdg.replicator.engine import current

__all__ = ["execute_action", "get_action_registry"]


class ActionRegistry:
    """The actions of extensions: none."""

    def get_action(self, extension_id: str, action_id: str) -> None:
        """Return None: there is no such action."""

    def execute_action(self, extension_id: str, action_id: str, *args: object, **options: object) -> None:
        """Do nothing, and say so once."""
        subject = f"action {extension_id} {action_id}"
        current().recorder.report.note(subject, "does nothing: it acts on windows, and there are none")

    def register_action(self, *args: object, **options: object) -> None:
        """Do nothing: nobody presses its key."""

    deregister_action = deregister_all_actions_for_extension = register_action


def get_action_registry() -> ActionRegistry:
    """Return the actions."""
    return ActionRegistry()


def execute_action(extension_id: str, action_id: str, *args: object, **options: object) -> None:
    """Do nothing, and say so once."""
    ActionRegistry().execute_action(extension_id, action_id)
