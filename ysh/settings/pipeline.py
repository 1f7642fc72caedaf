"""Ingestion: limits and places."""

from ysh import env

LAKE_URL = env.LAKE_URL
ANEEL_CKAN_URL = env.ANEEL_CKAN_URL
ANEEL_HUB_URL = env.ANEEL_HUB_URL
ANEEL_CA_BUNDLE = env.ANEEL_CA_BUNDLE
INMETRO_URL = env.INMETRO_URL

# Describing data sets by a language model: the time of one answer, and of all of a run's; the next run does what is left.
OLLAMA_URL = env.OLLAMA_URL
OLLAMA_MODEL = env.OLLAMA_MODEL
OLLAMA_TIMEOUT_SECONDS = env.OLLAMA_TIMEOUT_SECONDS
OLLAMA_MAX_ANSWER_BYTES = 1024**2
ENRICHMENT_LONGEST_SECONDS = 1800

# Asking other people's servers. Timeouts of one silence each; a try more only for what may pass.
INGEST_CONNECT_SECONDS = 30
INGEST_READ_SECONDS = 30
INGEST_TRIES = 3
INGEST_BACKOFF_SECONDS = 1.0
# What a server may ask us to wait (Retry-After), and how long we wait for our own turn; more ends the run.
INGEST_LONGEST_WAIT_SECONDS = 120
INGEST_REQUESTS_PER_HOUR = env.INGEST_REQUESTS_PER_HOUR
INGEST_SLOW_AFTER_SECONDS = 60
INGEST_SLOWEST_BYTES_PER_SECOND = 1024
INGEST_PRIVATE_HOSTS = tuple(env.INGEST_PRIVATE_HOSTS)
INGEST_CONTACT = env.INGEST_CONTACT
# The largest feed of metadata seen has 25 MB.
INGEST_MAX_DOCUMENT_BYTES = 100 * 1024**2

INGEST_MAX_FILE_BYTES = 4 * 1024**3
INGEST_MAX_UNPACKED_BYTES = 16 * 1024**3
# A ZIP of ANEEL's units unpacks to 14 times its size; bombs to a thousand times and more.
INGEST_MAX_COMPRESSION_RATIO = 200
INGEST_MAX_STORED_REJECTS = 10_000
INGEST_HEARTBEAT_SECONDS = 1
# A run whose heartbeat is older than this is dead: the reaper closes it.
INGEST_STALE_AFTER_SECONDS = 120
# A workflow's steps may wait in the queue for so long before it counts as dead.
WORKFLOW_STALE_AFTER_SECONDS = 3600

PARTITION_MONTHS_AHEAD = 3
# The change log is pruned by `audit.retention`, which archives a month first; maintenance of partitions drops nothing of it.
PARTITION_RETENTION_MONTHS = {"pipeline.ingestion_log": 24, "pipeline.data_quality_checks": 24, "audit.change_log": 1200}
