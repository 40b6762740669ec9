"""A Celery application that renames things on the broker. CELERY_SETTINGS holds its settings as JSON."""

import json
import os

from celery import Celery

app = Celery("renamed_app", broker=os.environ["CELERY_BROKER_URL"])
app.conf.update(json.loads(os.environ["CELERY_SETTINGS"]), broker_connection_retry_on_startup=True)


@app.task(name="renamed.add")
def add(x, y):
    return x + y
