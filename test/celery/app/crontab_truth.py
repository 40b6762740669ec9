"""Prints for each crontab of the file what Celery tells of it, what its fields stand for and when it is due next."""
import datetime
import json
import sys

from celery.schedules import crontab
from celery.utils.time import remaining

fields = ("minute", "hour", "day_of_month", "month_of_year", "day_of_week")
for line in json.load(sys.stdin):
    begin = datetime.datetime.fromisoformat(line["after"])
    now = [begin]
    schedule = crontab(**dict(zip(fields, line["fields"])), nowfun=lambda: now[0])
    due = []
    for _ in range(3):
        last, delta, _ = schedule.remaining_delta(now[0], tz=datetime.timezone.utc)
        now[0] = (now[0] + remaining(now[0], delta, now[0])).replace(microsecond=0)
        due.append(now[0].isoformat())
    numbers = [sorted(getattr(schedule, field)) for field in fields]
    print(json.dumps({"repr": repr(schedule), "numbers": numbers, "due": due}))
