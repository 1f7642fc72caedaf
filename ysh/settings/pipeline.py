"""Ingestion: limits and places."""

from ysh import env

LAKE_URL = env.LAKE_URL
ANEEL_CKAN_URL = env.ANEEL_CKAN_URL
ANEEL_HUB_URL = env.ANEEL_HUB_URL
ANEEL_CA_BUNDLE = env.ANEEL_CA_BUNDLE
INMETRO_URL = env.INMETRO_URL

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
