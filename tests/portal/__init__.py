"""ANEEL's CKAN portal, its ArcGIS Hub and whatever else is fetched, served over real HTTP on loopback, with faults on demand.

Tests take the fixture `portal` (see `tests.portal.fixture`). By hand, without internet: `python -m tests.portal --help`.
"""

from tests.portal.faults import Fault
from tests.portal.seen import Seen
from tests.portal.server import Portal

__all__ = ["Fault", "Portal", "Seen"]
