"""One step of the review for several kits: one unit that can be undone; what cannot go along is named and left as it is."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from uuid import UUID

from django.contrib.auth.models import User

from products.actions import review
from products.actions.bulk import one_unit
from products.actions.review import STEPS, ReviewRefusedError
from products.models import SolarKit

MOST_KITS = 500


@dataclass(frozen=True, slots=True)
class StepsTaken:
    """What became of the kits.

    Attributes:
        taken: ids of the kits that took the step.
        refused: why each of the others did not, naming it.
        request_id: what undoes it.
    """

    taken: tuple[str, ...]
    refused: tuple[str, ...]
    request_id: UUID


def take_step(name: str, kits: Iterable[SolarKit], *, by: User, reason: str) -> StepsTaken:
    """Take a step of `STEPS` for each kit that can.

    Raises:
        BulkRefusedError: no reason.
        KeyError: there is no such step.
    """
    step: Callable[..., SolarKit] = getattr(review, STEPS[name].name)
    taken, refused = [], []
    with one_unit(by, reason) as request_id:
        for kit in kits:
            try:
                step(kit, by=by, reason=reason)
            except ReviewRefusedError as refusal:
                refused.append(str(refusal))
            else:
                taken.append(kit.kit_id)
    return StepsTaken(tuple(taken), tuple(refused), request_id)
