"""What a preview was made of, in a few letters: so that what is applied is what was shown, and nothing that came since."""

from collections.abc import Iterable
from hashlib import sha256
from typing import Any

from django.utils.translation import gettext as _

from ysh.core.errors import TerminalError


class NotAsShownError(TerminalError):
    """Rows, their values, or what is to be done to them changed after the preview. Nothing was changed."""

    default_code = "not_as_shown"


def revision(rows: Iterable[tuple[Any, ...]], *deed: Any) -> str:
    """ "60-1f0c…": how many rows, and a digest of them and of what is to be done to them.

    Args:
        rows: key and values as they are, in the order of their keys.
        deed: what is to be done: names and values.
    """
    digest, count = sha256(repr(deed).encode()), 0
    for row in rows:
        digest.update(repr(row).encode())
        count += 1
    return f"{count}-{digest.hexdigest()[:24]}"


def require_as_shown(shown: str | None, now: str) -> None:
    """Refuse what differs from what somebody looked at.

    Args:
        shown: the preview's `revision`; None where a program asks, which looks at nothing.
        now: the same of the rows as they are, locked.

    Raises:
        NotAsShownError: they differ, or nothing was shown.
    """
    if shown is None or shown == now:
        return
    before, after = shown.partition("-")[0], now.partition("-")[0]
    if not before.isdigit():
        raise NotAsShownError(_("Look at the effect first, then apply it."))
    if before != after:
        raise NotAsShownError(
            _("When the effect was shown, %(before)s rows would have changed; now %(after)s. Look again, then apply it.")
            % {"before": before, "after": after}
        )
    raise NotAsShownError(_("Values of the rows or of this form changed after the effect was shown. Look again, then apply it."))
