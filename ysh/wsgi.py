"""What a web server runs: kept answers first, then Django.

Every address is imported here, before workers are forked: they share it and no request waits.
"""

import os
from importlib import import_module

from django.conf import settings
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ysh.settings.production")

_django = get_wsgi_application()
import_module(settings.ROOT_URLCONF)
application = import_module("ysh.core.api.front").KeptAnswersFirst(_django)  # it needs the settings
