"""As `bench.settings`, with the layers of cache on, and a bare view beside the product's own."""

from bench.settings import *  # noqa: F403

API_CACHE = True
ROOT_URLCONF = "bench.api_urls"
