"""Reads all events with Celery's own receiver, and drops them. A line of standard input is answered with their number."""

import sys
import threading

from celery import Celery
from celery.events import EventReceiver

app = Celery(broker=sys.argv[1])
# Else RabbitMQ throws away what waits for longer than five seconds.
app.conf.update(event_queue_ttl=3600, event_queue_expires=3600)
count = 0


def drop(event):
    global count
    count += 1


def answer():
    for _ in sys.stdin:
        print(count, flush=True)


threading.Thread(target=answer, daemon=True).start()
with app.connection_for_read() as connection:
    EventReceiver(connection, handlers={'*': drop}, app=app).capture(limit=None, timeout=None, wakeup=False)
