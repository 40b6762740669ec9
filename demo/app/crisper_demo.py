"""The Celery application of the demo: the tasks of a small company platform, some slow, some failing, some retrying.

Broker and result backend come from the environment, as in a real deployment. Nothing in here knows Crisper.
"""

import os
import random
import time

from celery import Celery
from celery.exceptions import SoftTimeLimitExceeded

app = Celery(
    "crisper_demo",
    broker=os.environ["CELERY_BROKER_URL"],
    backend=os.environ["CELERY_RESULT_BACKEND"],
)
app.conf.update(
    task_send_sent_event=True,
    task_track_started=True,
    broker_connection_retry_on_startup=True,
    timezone="UTC",
    task_routes={
        "ML.tasks.*": {"queue": "training"},
        "etl.*": {"queue": "training"},
    },
)


class ColumnMissing(Exception):
    pass


class MailServerBusy(Exception):
    pass


def advance(task, done, total, by_category=None):
    """Tells progress both ways: as the task's state, and as an event for whoever listens."""
    meta = {"done": done, "total": total}
    if by_category:
        meta["by_category"] = by_category
    task.update_state(state="PROGRESS", meta=meta)
    task.send_event("task-progress", **meta)


@app.task(name="etl.process_etl_file", bind=True)
def process_etl_file(self, file, company_id, tenant_id, user_id):
    total = random.randint(40, 120)
    for done in range(0, total + 1, 10):
        time.sleep(random.uniform(0.2, 0.6))
        advance(self, min(done, total), total)
    if random.random() < 0.15:
        raise ColumnMissing("%s has no column 'invoice_date'" % file)
    return {"file": file, "rows": total}


@app.task(name="import.process_import_template", bind=True)
def process_import_template(self, template_id, company_id, tenant_id, user_id):
    accepted = rejected = 0
    for done in range(1, 13):
        time.sleep(random.uniform(0.1, 0.4))
        if random.random() < 0.2:
            rejected += 1
        else:
            accepted += 1
        advance(self, done, 12, {"accepted": accepted, "rejected": rejected})
    if rejected > 4:
        raise ValueError("%d of 12 rows rejected, at most 4 are tolerated" % rejected)
    return {"accepted": accepted, "rejected": rejected}


@app.task(name="import.run_import_job")
def run_import_job(job_id, company_id, tenant_id, user_id):
    time.sleep(random.uniform(1, 6))
    return {"job": job_id, "imported": random.randint(10, 4000)}


@app.task(
    name="multitenancy.tasks.send_user_invite_email",
    autoretry_for=(MailServerBusy,),
    max_retries=4,
    retry_backoff=2,
)
def send_user_invite_email(email, company_id, tenant_id):
    time.sleep(random.uniform(0.05, 0.3))
    if random.random() < 0.4:
        raise MailServerBusy("451 4.7.1 try again later")
    return {"sent": email}


@app.task(name="multitenancy.tasks.execute_integration_rule")
def execute_integration_rule(rule_id, company_id, tenant_id):
    time.sleep(random.uniform(0.1, 1))
    if random.random() < 0.1:
        raise KeyError("customer_reference")
    return {"rule": rule_id, "changed": random.randint(0, 20)}


@app.task(name="ML.tasks.train_model_task", bind=True)
def train_model_task(self, model, company_id, tenant_id, epochs=60, seconds_per_epoch=1.5):
    loss = 1.0
    try:
        for epoch in range(1, epochs + 1):
            time.sleep(seconds_per_epoch)
            loss *= random.uniform(0.94, 0.99)
            advance(self, epoch, epochs)
    except SoftTimeLimitExceeded:
        return {"model": model, "stopped_early": True, "loss": round(loss, 4)}
    return {"model": model, "loss": round(loss, 4)}


@app.task(name="accounting.tasks.compare_two_engines_task")
def compare_two_engines_task(month, company_id, tenant_id):
    time.sleep(random.uniform(2, 8))
    differences = random.choice([0, 0, 0, 3, 17])
    if differences == 17:
        raise ArithmeticError("ledger and bank differ by 17 entries in %s" % month)
    return {"month": month, "differences": differences}


@app.task(name="accounting.tasks.generate_missing_embeddings", bind=True)
def generate_missing_embeddings(self, company_id, tenant_id):
    for done in range(25, 201, 25):
        time.sleep(random.uniform(0.2, 0.5))
        advance(self, done, 200)
    return {"embedded": 200}
