"""Celery: JSON only, ids only, late acknowledgement, time limits, two queues."""

from ysh import env

CELERY_BROKER_URL = env.CELERY_BROKER_URL or "redis://127.0.0.1:6379/1"
CELERY_TIMEZONE = "America/Sao_Paulo"
CELERY_TASK_SERIALIZER = "json"
CELERY_RESULT_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_IGNORE_RESULT = True
# Workflows wait for the runs of their sources: only their tasks leave a result, of no content, for a day.
CELERY_RESULT_BACKEND = env.REDIS_URL or "redis://127.0.0.1:6379/0"
CELERY_RESULT_EXPIRES = 24 * 3600
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_TIME_LIMIT = 4 * 3600
CELERY_TASK_SOFT_TIME_LIMIT = 4 * 3600 - 300
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_ROUTES = {"pipeline.tasks.ingest*": {"queue": "ingest"}}
CELERY_TASK_CREATE_MISSING_QUEUES = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# Longer than the longest task, or Redis hands a running task to a second worker. SQS has its own queue attribute.
CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, object] = {"visibility_timeout": 5 * 3600}
if CELERY_BROKER_URL.startswith("sqs"):
    CELERY_BROKER_TRANSPORT_OPTIONS |= {"region": env.AWS_REGION, "queue_name_prefix": "ysh-", "wait_time_seconds": 20}
CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"
DJANGO_CELERY_BEAT_TZ_AWARE = True
