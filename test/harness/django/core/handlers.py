"""What such applications do with Celery's signals: keep a row for each task."""
from celery.signals import (
    before_task_publish,
    task_failure,
    task_prerun,
    task_retry,
    task_revoked,
    task_success,
)
from django.utils import timezone

from .models import Job


@before_task_publish.connect
def sent(headers=None, routing_key=None, **_):
    if headers is None or 'id' not in headers or headers.get('retries'):
        return
    now = timezone.now()
    Job.objects.update_or_create(
        task_id=headers['id'],
        defaults={
            'task_name': headers['task'],
            'queue': routing_key,
            'tenant_id': headers.get('tenant_id'),
            'state': 'SENT',
            'enqueued_at': now,
            'max_retries': 3,
            'meta': headers.get('meta'),
        },
    )


@task_prerun.connect
def started(task_id=None, task=None, **_):
    Job.objects.filter(task_id=task_id).update(
        state='STARTED',
        started_at=timezone.now(),
        worker=task.request.hostname,
        retries=task.request.retries,
    )


def progress(task_id, done, total):
    """Replaces the whole of `meta`, as applications do."""
    Job.objects.filter(task_id=task_id).update(
        state='PROGRESS', done=done, total=total, by_category={'rows': done}, meta={'step': done}
    )


@task_retry.connect
def retried(request=None, reason=None, **_):
    Job.objects.filter(task_id=request.id).update(
        state='RETRY', retries=request.retries + 1, error=str(reason)
    )


@task_success.connect
def succeeded(sender=None, result=None, **_):
    # Reads the row and writes all of it back: whatever came in between is overwritten.
    job = Job.objects.get(task_id=sender.request.id)
    job.state = 'SUCCESS'
    job.finished_at = timezone.now()
    job.result = result
    job.error = None
    job.save()


@task_failure.connect
def failed(task_id=None, exception=None, **_):
    Job.objects.filter(task_id=task_id).update(
        state='FAILURE', finished_at=timezone.now(), error=f'{type(exception).__name__}: {exception}'
    )


@task_revoked.connect
def revoked(request=None, **_):
    Job.objects.filter(task_id=request.id).update(state='REVOKED', finished_at=timezone.now())
