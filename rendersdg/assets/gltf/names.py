"""Names of prims that are made from a glTF file's names, which may be anything and come twice."""

from __future__ import annotations

from dataclasses import dataclass, field

from rendersdg.stage.author import valid_name


@dataclass(eq=False)
class Names:
    """The names that are taken, by the prim that they are below."""

    _taken: dict[str, set[str]] = field(default_factory=dict)

    def unique(self, above: str, name: str) -> str:
        """Return a path below ``above`` that is not taken yet: ``name``, ``name_1`` and so on.

        >>> names = Names()
        >>> names.unique("/Asset", "a b"), names.unique("/Asset", "a-b")
        ('/Asset/a_b', '/Asset/a_b_1')
        """
        taken = self._taken.setdefault(above, set())
        valid, number = valid_name(name), 0
        chosen = valid
        while chosen in taken:
            number += 1
            chosen = f"{valid}_{number}"
        taken.add(chosen)
        return f"{above}/{chosen}"
