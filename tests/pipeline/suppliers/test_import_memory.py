"""What an import of a price list does not bring into its process."""

import subprocess
import sys

from ysh.env import BASE_DIR

SETUP = """
import sys
import django
django.setup()
import pipeline.management.commands.import_catalog
print(*sorted({"polars", "openpyxl", "pandas"} & set(sys.modules)))
"""


def test_the_readers_of_other_files_stay_out_of_it():
    """Together 45 MB of the 300 MB an import may take."""
    done = subprocess.run([sys.executable, "-c", SETUP], cwd=BASE_DIR, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
