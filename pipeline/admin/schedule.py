"""Schedules of celery beat with the theme's forms."""

from typing import Any

from cron_descriptor import FormatException, MissingFieldException, Options, WrongArgumentException, get_description
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django_celery_beat.admin import ClockedScheduleAdmin as BaseClockedScheduleAdmin
from django_celery_beat.admin import CrontabScheduleAdmin as BaseCrontabScheduleAdmin
from django_celery_beat.admin import PeriodicTaskAdmin as BasePeriodicTaskAdmin
from django_celery_beat.admin import PeriodicTaskForm, TaskSelectWidget
from django_celery_beat.models import ClockedSchedule, CrontabSchedule, IntervalSchedule, PeriodicTask, SolarSchedule
from unfold.decorators import display
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from ysh.core.admin import EditAdmin, moment

for model in (PeriodicTask, IntervalSchedule, CrontabSchedule, SolarSchedule, ClockedSchedule):
    admin.site.unregister(model)


def crontab_in_words(schedule: CrontabSchedule) -> str:
    """ "Às 02:00" in the reader's language; the expression itself when it cannot be put into words."""
    expression = f"{schedule.minute} {schedule.hour} {schedule.day_of_month} {schedule.month_of_year} {schedule.day_of_week}"
    options = Options()
    options.use_24hour_time_format = True
    options.locale_code = "pt_PT" if (get_language() or "").startswith("pt") else "en_US"
    try:
        return str(get_description(expression, options))
    except (FormatException, MissingFieldException, WrongArgumentException):
        return expression


class TaskSelect(UnfoldAdminSelectWidget, TaskSelectWidget):
    """The registered tasks, in the theme's select."""


class TaskForm(PeriodicTaskForm):
    """celery beat's own form with the theme's widgets."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["regtask"].widget = TaskSelect()
        self.fields["task"].widget = UnfoldAdminTextInputWidget()


@admin.register(PeriodicTask)
class PeriodicTaskAdmin(BasePeriodicTaskAdmin, EditAdmin):
    """What runs by itself, and when."""

    form = TaskForm
    change_form_template = None
    date_hierarchy = None
    list_display = ["name", "is_enabled", "when", "last_run", "runs_number"]
    list_filter = ["enabled", "one_off"]
    list_select_related = ["interval", "crontab", "solar", "clocked"]
    ordering = ["name"]

    @display(description=_("enabled"), boolean=True)
    def is_enabled(self, task: PeriodicTask) -> bool:
        return task.enabled

    @display(description=_("when"))
    def when(self, task: PeriodicTask) -> str:
        return crontab_in_words(task.crontab) if task.crontab else str(task.scheduler)

    @display(description=_("last run"))
    def last_run(self, task: PeriodicTask) -> str:
        return moment(task.last_run_at)

    @display(description=_("runs"))
    def runs_number(self, task: PeriodicTask) -> int:
        return task.total_run_count

    @display(description=_("in words"))
    def crontab_translation(self, task: PeriodicTask) -> str:
        return crontab_in_words(task.crontab) if task.crontab else "–"


class _ScheduleAdmin(EditAdmin):
    """Without the tasks' inline: it lets nothing be changed and the theme draws it wide."""

    inlines: list[Any] = []


@admin.register(CrontabSchedule)
class CrontabScheduleAdmin(_ScheduleAdmin, BaseCrontabScheduleAdmin):
    """Times of day and days."""

    list_display = ["in_words", "expression", "timezone"]
    fields = ["in_words", ("minute", "hour"), ("day_of_month", "month_of_year"), "day_of_week", "timezone"]
    readonly_fields = ["in_words"]

    @display(description=_("in words"))
    def in_words(self, schedule: CrontabSchedule) -> str:
        return crontab_in_words(schedule)

    @display(description=_("expression"))
    def expression(self, schedule: CrontabSchedule) -> str:
        return f"{schedule.minute} {schedule.hour} {schedule.day_of_month} {schedule.month_of_year} {schedule.day_of_week}"

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.fields if obj else self.fields[1:]


@admin.register(IntervalSchedule)
class IntervalScheduleAdmin(_ScheduleAdmin):
    """Every so often."""

    list_display = ["__str__", "every", "period"]


@admin.register(ClockedSchedule)
class ClockedScheduleAdmin(_ScheduleAdmin, BaseClockedScheduleAdmin):
    """Once, at an instant."""


@admin.register(SolarSchedule)
class SolarScheduleAdmin(_ScheduleAdmin):
    """At sunrise, noon or sunset of a place."""

    list_display = ["event", "latitude", "longitude"]
