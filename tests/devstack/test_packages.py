import subprocess

import pytest
from devstack import packages
from devstack.console import StepError
from devstack.packages import Need, ensure, pick_postgres

DEBIAN_12 = ["postgresql-15-postgis-3", "postgresql-15-postgis-3-dbgsym"]
UBUNTU_24 = ["postgresql-16-postgis-3"]
PGDG = ["postgresql-13-postgis-3", "postgresql-15-postgis-3", "postgresql-17-postgis-3", "postgresql-9.6-postgis-3"]


@pytest.mark.parametrize(
    ("names", "installed", "wanted", "version"),
    [
        (DEBIAN_12, [], None, 15),
        (UBUNTU_24, [], None, 16),
        (PGDG, [], None, 17),
        (PGDG, [15], None, 15),  # the server that is there gets PostGIS, no second server is installed
        (PGDG, [13], None, 17),  # too old to count
        (PGDG, [17], 15, 15),  # the data decides
    ],
)
def test_postgres_packages(names, installed, wanted, version):
    assert pick_postgres(names, installed, wanted) == [f"postgresql-{version}", f"postgresql-{version}-postgis-3"]


@pytest.mark.parametrize(("names", "wanted"), [([], None), (["postgresql-14-postgis-3"], None), (DEBIAN_12, 16)])
def test_no_package_fits(names, wanted):
    assert pick_postgres(names, [], wanted) == []


def test_what_is_there_is_not_installed(tmp_path, monkeypatch):
    monkeypatch.setattr(subprocess, "run", lambda *arguments, **options: pytest.fail("nothing should run"))
    ensure([Need("thing", lambda: True, lambda: ["thing"])], tmp_path / "log")


def test_without_rights_the_exact_line_is_printed(tmp_path, monkeypatch):
    monkeypatch.setattr(packages, "privilege", lambda: None)
    with pytest.raises(StepError, match=r"sudo apt-get update && sudo apt-get install -y --no-install-recommends thing other\n"):
        ensure([Need("thing", lambda: False, lambda: ["thing", "other"])], tmp_path / "log")
