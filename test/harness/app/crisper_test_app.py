"""The Celery application of the tests. Broker, result backend and settings come from the environment."""

import datetime
import os
import signal
import time

from celery import Celery
from celery.contrib.abortable import AbortableTask
from celery.exceptions import Ignore, Reject
from celery.schedules import crontab, schedule


if "DJANGO_SETTINGS_MODULE" in os.environ:
    import django

    django.setup()


def flag(name, default="0"):
    return os.environ.get(name, default).lower() in ("1", "true", "yes")


class Whenever(schedule):
    """A schedule of the application's own."""

    def __repr__(self):
        return "<whenever>"


app = Celery(
    "crisper_test_app",
    broker=os.environ["CELERY_BROKER_URL"],
    backend=os.environ.get("CELERY_RESULT_BACKEND"),
)
app.conf.update(
    task_send_sent_event=flag("CELERY_TASK_SEND_SENT_EVENT", "1"),
    task_track_started=flag("CELERY_TASK_TRACK_STARTED", "1"),
    result_extended=flag("CELERY_RESULT_EXTENDED"),
    worker_prefetch_multiplier=int(os.environ.get("CELERY_WORKER_PREFETCH_MULTIPLIER", "4")),
    worker_enable_remote_control=flag("CELERY_WORKER_ENABLE_REMOTE_CONTROL", "1"),
    worker_pool_restarts=flag("CELERY_WORKER_POOL_RESTARTS"),
    # Celery 5.3 and later warn at each start unless it is said.
    broker_connection_retry_on_startup=True,
    timezone="UTC",
)
if "CELERY_VISIBILITY_TIMEOUT" in os.environ:
    app.conf.broker_transport_options = {"visibility_timeout": int(os.environ["CELERY_VISIBILITY_TIMEOUT"])}
if flag("CELERY_TEST_SECRETS"):
    # As applications keep their own settings beside Celery's. Celery itself masks what it knows the name of.
    app.conf.update(
        billing_password="hunter2",
        warehouse_links=["postgres://etl:hunter2@db.example/etl"],
        partner={"login": "crisper", "client_credential": "hunter2", "region": "eu"},
        help_text="see https://me:hunter2@help.example/1?credential=hunter2",
    )
if flag("CELERY_TEST_SCHEDULE"):
    # Entries of every kind that settings can hold. Only the first two are due while a test runs.
    app.conf.beat_schedule = {
        "every second": {"task": "test.add", "schedule": 1.0, "args": (1, 2)},
        "with a secret": {
            "task": "test.ignore",
            "schedule": datetime.timedelta(seconds=1.5),
            "kwargs": {"company_id": 4, "note": "Bearer hunter2.hunter2.hunter2"},
            "options": {"queue": "celery"},
        },
        "new year": {"task": "test.today", "schedule": crontab(minute=0, hour=4, day_of_month=1, month_of_year=1)},
        "twice, now": {"task": "test.fail", "schedule": crontab(minute=0, hour=[4, 16], day_of_week="mon-fri")},
        "twice, then": {"task": "test.fail", "schedule": 86400, "args": ("then",)},
        "strange": {"task": "test.late", "schedule": Whenever(3600)},
    }
    app.conf.timezone = "America/Sao_Paulo"
if "CELERY_RESULT_TABLE" in os.environ:
    schema, name = os.environ["CELERY_RESULT_TABLE"].split(".")
    app.conf.update(
        database_table_schemas={"task": schema, "group": schema},
        database_table_names={"task": name, "group": name + "_groups"},
    )


@app.on_after_configure.connect
def add_one_in_code(sender, **_):
    if flag("CELERY_TEST_SCHEDULE"):
        sender.add_periodic_task(3600.0, sender.signature("test.sleep", args=(1,)))


def sleep_in_steps(seconds):
    """A sleep that signals and soft time limits can interrupt without long delay."""
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        time.sleep(min(0.1, left))


@app.task(name="test.add")
def add(x, y):
    return x + y


@app.task(name="test.sleep")
def sleep(seconds, **kw):
    sleep_in_steps(seconds)
    return "slept"


@app.task(name="test.limited", rate_limit="1/h")
def limited():
    return "had its turn"


@app.task(name="test.today")
def today():
    """Its result is no plain value."""
    return datetime.date.today()


@app.task(name="test.fail")
def fail(message):
    raise ValueError(message)


@app.task(name="test.retry", bind=True, max_retries=None)
def retry(self, times, countdown=0.2):
    if self.request.retries < times:
        raise self.retry(countdown=countdown, exc=ConnectionError("attempt %d" % self.request.retries))
    return self.request.retries


@app.task(name="test.slow_retry", bind=True, max_retries=None)
def slow_retry(self, seconds, path):
    """Runs for a while and retries; the second run leaves a proof."""
    if self.request.retries > 0:
        with open(path, "a", encoding="utf-8") as file:
            file.write(self.request.id + "\n")
        return "retried"
    sleep_in_steps(seconds)
    raise self.retry(countdown=0.2, exc=ConnectionError("once more"))


@app.task(name="test.progress", bind=True)
def progress(self, total, step_seconds):
    for done in range(1, total + 1):
        time.sleep(step_seconds)
        by_category = {"even": done // 2, "odd": done - done // 2}
        self.update_state(
            state="PROGRESS", meta={"done": done, "total": total, "by_category": by_category}
        )
        self.send_event("task-progress", done=done, total=total, by_category=by_category)
    return total


@app.task(name="test.update_state", bind=True)
def update_state(self, total, seconds, state="PROGRESS"):
    """Tells how far it is by its state alone, in equal steps over so many seconds."""
    for done in range(1, total + 1):
        meta = {"current": done, "total": total, "by_category": {"even": done // 2}, "meta": {"file": "b.csv"}}
        self.update_state(state=state, meta=meta)
        time.sleep(seconds / total)
    return total


@app.task(name="test.ignore_sigterm")
def ignore_sigterm(seconds):
    """Survives a terminate with SIGTERM. Restores the handler, since a prefork child runs other tasks after it."""
    before = signal.signal(signal.SIGTERM, signal.SIG_IGN)
    try:
        sleep_in_steps(seconds)
    finally:
        signal.signal(signal.SIGTERM, before)
    return "survived"


@app.task(name="test.abortable", bind=True, base=AbortableTask)
def abortable(self, seconds, step_seconds=0.1):
    """Looks before each step whether it shall end."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if self.is_aborted():
            return "aborted"
        time.sleep(step_seconds)
    return "done"


@app.task(name="test.reject", acks_late=True)
def reject():
    raise Reject("not wanted", requeue=False)


@app.task(name="test.ignore")
def ignore():
    raise Ignore()


@app.task(name="test.late", acks_late=True, reject_on_worker_lost=True)
def late(seconds):
    sleep_in_steps(seconds)
    return "done"


@app.task(name="test.touch", bind=True)
def touch(self, path, **kw):
    """Proof that a task ran: one line with its id for each run."""
    with open(path, "a", encoding="utf-8") as file:
        file.write(self.request.id + "\n")
    return path


@app.task(name="etl.process_etl_file")
def process_etl_file(seconds=0, company_id=None, tenant_id=None, **kw):
    sleep_in_steps(seconds)
    return {"rows": 120, "company_id": company_id}


@app.task(name="import.process_import_template")
def process_import_template(seconds=0, company_id=None, tenant_id=None, **kw):
    sleep_in_steps(seconds)
    return {"imported": 40}


@app.task(name="ML.tasks.train_model_task")
def train_model_task(seconds=0, company_id=None, **kw):
    sleep_in_steps(seconds)
    return {"accuracy": 0.93}


@app.task(name="accounting.tasks.compare_two_engines_task")
def compare_two_engines_task(seconds=0, company_id=None, **kw):
    sleep_in_steps(seconds)
    return {"differences": 0}


@app.task(name="test.charge", bind=True)
def charge(self, password, card, path=None, **kw):
    """Handles secrets in every way that tasks do: as arguments, state, result, and in what it raises."""
    self.update_state(state="PROGRESS", meta={"done": 1, "total": 2, "api_key": password, "note": "paid with " + card})
    self.send_event("task-progress", done=1, total=2, meta={"session_token": password, "step": "charge"})
    while path is not None and not os.path.exists(path):
        time.sleep(0.05)
    if kw.get("decline"):
        raise ValueError("card %s was declined, password='%s'" % (card, password))
    return {"authorization": "Basic " + password, "log": "sent with Bearer " + password + ".abc", "rows": 3}
