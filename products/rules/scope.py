"""What a rule looks at in a kit. Kits that agree in it have the same answer, which is then worked out once (`sharing`)."""

from collections.abc import Hashable
from dataclasses import dataclass, replace

from products.rules.kit_facts import Kit, Part


@dataclass(frozen=True, slots=True, eq=False)
class Scope:
    """A part of a kit. Scopes are told apart by identity, as they are asked for many times for each kit.

    A rule is shown only what its scope names: anything else is absent or None there, so that no answer depends on it.

    Attributes:
        roles: of the parts; the optional ones are left out.
        columns: of the kit, by their names in `Kit`.
        counted: the parts' quantities belong to it.
        detail: whether the list goes beyond modules and inverters belongs to it.
    """

    roles: frozenset[str] = frozenset()
    columns: tuple[str, ...] = ()
    counted: bool = True
    detail: bool = False

    def with_roles(self, *roles: str) -> "Scope":
        """This and the parts of other roles."""
        return replace(self, roles=self.roles | set(roles))

    def with_columns(self, *columns: str) -> "Scope":
        """This and columns of the kit."""
        return replace(self, columns=(*self.columns, *columns))

    def key(self, kit: Kit, serials: dict[int, int]) -> Hashable:
        """Equal for kits that agree in this scope.

        Args:
            serials: number of each product's state, by the identity of the `Article`.
        """
        counted = self.counted
        return (
            self,
            kit.lists_small_parts if self.detail else None,
            tuple(getattr(kit, name) for name in self.columns),
            tuple(
                [(part.role, serials[id(part.article)], part.quantity if counted else None) for part in kit.playing(self.roles)]
            ),
        )

    def narrowed(self, kit: Kit) -> Kit:
        """The kit as a rule of this scope sees it."""
        parts = kit.playing(self.roles)
        if not self.counted:
            parts = tuple(Part(part.role, part.article, None) for part in parts)
        told = {name: getattr(kit, name) for name in self.columns}
        system_type = str(told.pop("system_type", ""))
        return Kit("", system_type, parts, detailed=kit.lists_small_parts if self.detail else None, **told)


GENERATORS = Scope(frozenset({"PANEL", "INVERTER", "MICROINVERTER", "CHARGE_CONTROLLER"}))
PAIRS = replace(GENERATORS, counted=False)
PROTECTED = replace(GENERATORS.with_roles("STRING_BOX"), detail=True)
CABLED = replace(GENERATORS.with_roles("CABLE"), detail=True)
CONNECTED = replace(GENERATORS.with_roles("CONNECTOR"), detail=True)
STORED = GENERATORS.with_roles("BATTERY").with_columns("system_type")
CLASSED = GENERATORS.with_columns("system_type")
GRID = Scope(frozenset({"INVERTER", "MICROINVERTER", "CHARGE_CONTROLLER", "TRANSFORMER"}), ("voltage_phase", "system_type"))
HELD = Scope(frozenset({"PANEL", "STRUCTURE"}), ("roof_type",), detail=True)
CLAMPED = Scope(frozenset({"PANEL", "STRUCTURE"}), ("roof_type",), counted=False)
FASTENED = Scope(frozenset({"PANEL", "STRUCTURE", "FIXING_KIT", "ACCESSORY"}))
TITLED = Scope(frozenset({"PANEL"}), ("declared_power_kwp",))
