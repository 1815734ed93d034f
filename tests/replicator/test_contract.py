"""The contract: functions take what Replicator's take, in its order and with its defaults."""

from __future__ import annotations

from rendersdg.replicator import contract, namespace


def test_functions_take_what_replicators_take() -> None:
    other = {name: here for name, _, here in contract.rows(namespace.table()) if not here.startswith("same")}

    assert set(other) == set(contract.DIFFERENCES)


def test_a_difference_is_seen_and_named() -> None:
    def ours(choices: object, num_samples: int = 2, weights: object = None, extra: int = 0) -> None: ...

    text = contract.compared("distribution.choice", ours)

    assert "`seed` is missing" in text and "`num_samples` is 2" in text and text.endswith("also `extra`")
    assert contract.compared("distribution.choice", None) == "refused"


def test_another_order_is_a_difference() -> None:
    def ours(event_name: str) -> None: ...
    def swapped(mean: float, seed: int | None = None, std: float = 0) -> None: ...

    assert contract.compared("trigger.on_custom_event", ours) == "same"
    assert contract.compared("distribution.normal", swapped) != "same"
