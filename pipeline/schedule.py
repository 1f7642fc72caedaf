"""The schedule as declared here; `sync_schedule` writes it to the database, where the admin may change it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from django_celery_beat.models import CrontabSchedule, IntervalSchedule, PeriodicTask

TIME_ZONE = "America/Sao_Paulo"


@dataclass(frozen=True, slots=True)
class Entry:
    """One periodic task.

    Attributes:
        name: shown in the admin; the key of the entry.
        task: the task's registered name.
        description: for people.
        crontab: fields of a crontab in `TIME_ZONE`, e.g. {"minute": "0", "hour": "2"}.
        every_seconds: an interval instead of a crontab.
        queue: the queue it is sent to.
    """

    name: str
    task: str
    description: str
    crontab: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    every_seconds: int = 0
    queue: str = "default"


ENTRIES = (
    Entry(
        "daily_full_ingestion",
        "pipeline.tasks.daily_full_ingestion",
        "Loads every source, then statistics, caches and quality",
        crontab=MappingProxyType({"minute": "0", "hour": "2"}),
    ),
    Entry(
        "hourly_incremental",
        "pipeline.tasks.hourly_incremental",
        "Asks every portal what changed, and loads only that",
        crontab=MappingProxyType({"minute": "10", "hour": "0,1,3-23"}),
    ),
    Entry("deliver_alerts", "pipeline.tasks.deliver_alerts", "Sends alerts by e-mail, Slack and SNS", every_seconds=30),
    Entry("watch", "pipeline.tasks.watch", "Looks for stale sources and services that do not answer", every_seconds=600),
    Entry("reap_dead_runs", "pipeline.tasks.reap_dead_runs", "Closes runs whose process died", every_seconds=60),
    Entry("deliver_webhooks", "pipeline.tasks.deliver_webhooks", "Tells webhooks of what changed", every_seconds=30),
    Entry(
        "forget_old_changes",
        "pipeline.tasks.forget_old_changes",
        "Deletes changes past what the feed of changes keeps",
        crontab=MappingProxyType({"minute": "40", "hour": "1"}),
    ),
    Entry(
        "refresh_work_lists",
        "products.tasks.refresh_work_lists",
        "Finds duplicates and price moves, learns the words that searches correct typos to",
        crontab=MappingProxyType({"minute": "25", "hour": "*"}),
    ),
    Entry(
        "refresh_certification_status",
        "aneel.tasks.refresh_certification_status",
        "Lets registrations expire on the day after their last one",
        crontab=MappingProxyType({"minute": "3", "hour": "0"}),
    ),
    Entry(
        "refresh_inmetro_certified",
        "products.tasks.refresh_inmetro_certified",
        "Lets products lose their INMETRO mark on the day a certificate expires",
        crontab=MappingProxyType({"minute": "5", "hour": "0"}),
    ),
    Entry(
        "refresh_completeness",
        "products.tasks.refresh_completeness",
        "Works out how complete products and kits are",
        crontab=MappingProxyType({"minute": "25", "hour": "0"}),
    ),
    Entry(
        "recheck_stale_kits", "products.tasks.recheck_stale_kits", "Checks kits whose parts or rules changed", every_seconds=60
    ),
    Entry(
        "recheck_all_kits",
        "products.tasks.recheck_all_kits",
        "Checks the whole catalogue, as certificates end and prices age by the calendar",
        crontab=MappingProxyType({"minute": "20", "hour": "0"}),
    ),
    Entry("audit_seal", "audit.tasks.seal", "Chains the change log's new entries by hash", every_seconds=60),
    Entry(
        "audit_checkpoint",
        "audit.tasks.checkpoint",
        "Stores the change log's chain heads outside of the database, closes months that are over",
        crontab=MappingProxyType({"minute": "45", "hour": "0"}),
    ),
    Entry(
        "audit_prune",
        "audit.tasks.prune",
        "Archives old months of the change log in the lake, then removes what is past its retention",
        crontab=MappingProxyType({"minute": "0", "hour": "4", "day_of_month": "5"}),
    ),
    Entry(
        "maintain_partitions",
        "ysh.core.tasks.maintain_partitions",
        "Creates monthly partitions ahead and drops those past retention",
        crontab=MappingProxyType({"minute": "30", "hour": "1"}),
    ),
)


def sync_schedule() -> tuple[int, int]:
    """Create missing entries in the database, and bring task, queue and description of the others up to date.

    Times and the on/off switch of an existing entry are left as the admin has them. Entries no longer declared are switched off.

    Returns:
        How many were created, how many switched off.
    """
    created = 0
    for entry in ENTRIES:
        when: dict[str, object]
        if entry.every_seconds:
            interval, _ = IntervalSchedule.objects.get_or_create(every=entry.every_seconds, period=IntervalSchedule.SECONDS)
            when = {"interval": interval}
        else:
            crontab, _ = CrontabSchedule.objects.get_or_create(
                **{"minute": "0", "hour": "*", "day_of_week": "*", "day_of_month": "*", "month_of_year": "*"}
                | dict(entry.crontab),
                timezone=TIME_ZONE,
            )
            when = {"crontab": crontab}
        fixed = {"task": entry.task, "queue": entry.queue, "description": f"[declared] {entry.description}"}
        _, new = PeriodicTask.objects.update_or_create(name=entry.name, defaults=fixed, create_defaults=fixed | when)
        created += new
    gone = (
        PeriodicTask.objects.filter(description__startswith="[declared]", enabled=True)
        .exclude(name__in=[entry.name for entry in ENTRIES])
        .update(enabled=False)
    )
    return created, gone
