"""What a web server runs. Every address is imported here, before workers are forked: they share it and no request waits."""

import os
from importlib import import_module

from django.conf import settings
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ysh.settings.production")

application = get_wsgi_application()
import_module(settings.ROOT_URLCONF)
