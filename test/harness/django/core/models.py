import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone


class Job(models.Model):
    """One Celery task, as the application has always kept it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    task_id = models.CharField(max_length=100, unique=True)
    task_name = models.CharField(max_length=255)
    queue = models.CharField(max_length=100, null=True)
    worker = models.CharField(max_length=200, null=True)
    kind = models.CharField(max_length=64, default='other')
    tenant_id = models.CharField(max_length=64, null=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL)
    state = models.CharField(max_length=16, default='PENDING')
    created_at = models.DateTimeField(default=timezone.now)
    enqueued_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    eta = models.DateTimeField(null=True)
    expires = models.DateTimeField(null=True)
    retries = models.PositiveIntegerField(default=0)
    max_retries = models.PositiveIntegerField(default=0)
    priority = models.IntegerField(null=True)
    total = models.PositiveIntegerField(null=True)
    done = models.PositiveIntegerField(null=True)
    by_category = models.JSONField(null=True)
    meta = models.JSONField(null=True)
    result = models.JSONField(null=True)
    error = models.TextField(null=True)

    class Meta:
        db_table = 'core_job'
        indexes = [
            models.Index(fields=['state', '-created_at'], name='core_job_state'),
            models.Index(fields=['kind', '-created_at'], name='core_job_kind'),
            models.Index(fields=['tenant_id', '-created_at'], name='core_job_tenant'),
        ]
