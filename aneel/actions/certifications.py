"""Certificates and the calendar."""

from aneel.choices import CertificationStatus
from aneel.models import Certification
from aneel.querysets import today


def refresh_certification_status() -> int:
    """Store what the calendar did: active registrations whose last day is over are expired. Readers need not wait for it.

    Returns:
        How many changed.
    """
    ended = Certification.objects.filter(status=CertificationStatus.ACTIVE, expiry_date__lt=today())
    return ended.update(status=CertificationStatus.EXPIRED)
