"""Whom to tell when ingestion needs people, and how patiently."""

from ysh import env

NOTIFY_EMAILS = env.NOTIFY_EMAILS
SLACK_WEBHOOK_URL = env.SLACK_WEBHOOK_URL
SNS_TOPIC_ARN = env.SNS_TOPIC_ARN
SNS_ENDPOINT_URL = env.SNS_ENDPOINT_URL
# Seconds before the second, third, ... attempt to deliver a message; after the last one it is given up.
ALERT_RETRY_SECONDS = (60, 300, 1800, 7200, 21_600)
# A source that lives on something older than this is a critical alert, a younger one a warning.
FALLBACK_CRITICAL_AFTER_DAYS = 7
