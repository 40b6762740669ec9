"""Writes entries of every kind into the tables of django-celery-beat, through its own models."""
import datetime
import json

import django

django.setup()

from django.utils import timezone  # noqa: E402
from django_celery_beat.models import (  # noqa: E402
    ClockedSchedule,
    CrontabSchedule,
    IntervalSchedule,
    PeriodicTask,
    SolarSchedule,
)

now = timezone.now()
hour = datetime.timedelta(hours=1)
second, _ = IntervalSchedule.objects.get_or_create(every=1, period="seconds")
hourly, _ = IntervalSchedule.objects.get_or_create(every=1, period="hours")
micro, _ = IntervalSchedule.objects.get_or_create(every=250, period="microseconds")
lisbon, _ = CrontabSchedule.objects.get_or_create(
    minute="0", hour="4", day_of_week="mon-fri", day_of_month="*", month_of_year="*", timezone="Europe/Lisbon"
)
tomorrow, _ = ClockedSchedule.objects.get_or_create(clocked_time=now + 24 * hour)
sunset, _ = SolarSchedule.objects.get_or_create(event="sunset", latitude="-37.810000", longitude="144.960000")

add = {"task": "test.add", "args": json.dumps([1, 2])}
PeriodicTask.objects.create(name="every second", interval=second, **add)
PeriodicTask.objects.create(
    name="with a secret",
    task="test.ignore",
    interval=hourly,
    kwargs=json.dumps({"password": "hunter2", "rows": 3}),
    description="bills, with password=hunter2",
    queue="celery",
)
PeriodicTask.objects.create(name="at four", task="test.today", crontab=lisbon)
PeriodicTask.objects.create(name="once", task="test.retry", clocked=tomorrow, one_off=True)
PeriodicTask.objects.create(name="at sunset", task="test.late", solar=sunset)
PeriodicTask.objects.create(name="disabled", task="test.reject", interval=micro, enabled=False)
PeriodicTask.objects.create(name="expired", task="test.reject", interval=hourly, expires=now - hour)
PeriodicTask.objects.create(name="not yet", task="test.reject", interval=hourly, start_time=now + 48 * hour)
PeriodicTask.objects.create(name="no json", task="test.fail", interval=hourly, args="['a'", enabled=False)
late = PeriodicTask.objects.create(name="missed", task="test.limited", interval=hourly)
# As a beat leaves it that was stopped three hours and a half ago.
before = now - 3.5 * hour
PeriodicTask.objects.filter(pk=late.pk).update(last_run_at=before, date_changed=before, total_run_count=7)
