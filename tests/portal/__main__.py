"""`python -m tests.portal`: the portal by hand, so that the pipeline can be seen at work without internet."""

import argparse
import json
import sys
import threading
from typing import Any

from tests.portal.catalogue import many_items, many_packages
from tests.portal.faults import KINDS
from tests.portal.files import source_packages
from tests.portal.further import add_further
from tests.portal.pages import Content
from tests.portal.seen import Seen
from tests.portal.server import Portal


class _Shown(list[Seen]):
    """The log, which is printed as it grows."""

    def append(self, entry: Seen) -> None:
        super().append(entry)
        sys.stderr.write(f"{entry.status or '---'} {entry.method} {entry.target}\n")


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m tests.portal",
        description="Serve ANEEL's CKAN portal, its ArcGIS Hub and sample files on 127.0.0.1. Ends with Ctrl-C.",
        epilog="Example: python -m tests.portal --fault package_show=status:2 --fault feed/rss=hang",
    )
    parser.add_argument("--port", type=int, default=8899)
    parser.add_argument("--rows", type=int, default=500, help="units in the file of units (500)")
    parser.add_argument("--many", action="store_true", help="71 packages and 750 items of the Hub, as many as there really are")
    parser.add_argument("--certificate", choices=("complete", "leaf", "expired", "stranger"), help="HTTPS; plain HTTP without it")
    parser.add_argument(
        "--fault",
        action="append",
        default=[],
        metavar="PATH=KIND[:TIMES]",
        help=f"let requests go wrong whose path holds PATH, for so many times. KIND: {', '.join(KINDS)}",
    )
    options = parser.parse_args()
    content = Content(packages=source_packages(options.rows))
    add_further(content, rows=options.rows)
    if options.many:
        content.packages += many_packages(71 - len(content.packages))
        content.items = many_items(750)
    portal = Portal(content=content, certificate=options.certificate, port=options.port, seen=_Shown())
    for text in options.fault:
        path, _, rest = text.partition("=")
        kind, _, times = rest.partition(":")
        try:
            chosen: Any = kind
            portal.fail(path, chosen, times=int(times) if times else -1)
        except ValueError as error:
            parser.error(f"--fault {text}: {error}")
    with portal:
        lines = {
            "ANEEL_CKAN_URL": portal.url,
            "ANEEL_HUB_URL": portal.hub_url,
            "INMETRO_URL": portal.inmetro_url,
        }
        if portal.certificate:
            lines["ANEEL_CA_BUNDLE"] = "tests/portal/certificates/root.pem"
        sys.stdout.write("# in the shell that runs manage.py ingest:\n")
        sys.stdout.writelines(f"export {name}={json.dumps(value)}\n" for name, value in lines.items())
        sys.stdout.flush()
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            sys.stderr.write("\n")


if __name__ == "__main__":
    main()
