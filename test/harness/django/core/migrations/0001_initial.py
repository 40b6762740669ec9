from django.conf import settings
from django.db import migrations, models
import django.db.models.deletion
import django.utils.timezone
import uuid


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Job',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ('task_id', models.CharField(max_length=100, unique=True)),
                ('task_name', models.CharField(max_length=255)),
                ('queue', models.CharField(max_length=100, null=True)),
                ('worker', models.CharField(max_length=200, null=True)),
                ('kind', models.CharField(default='other', max_length=64)),
                ('tenant_id', models.CharField(max_length=64, null=True)),
                ('state', models.CharField(default='PENDING', max_length=16)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('enqueued_at', models.DateTimeField(null=True)),
                ('started_at', models.DateTimeField(null=True)),
                ('finished_at', models.DateTimeField(null=True)),
                ('eta', models.DateTimeField(null=True)),
                ('expires', models.DateTimeField(null=True)),
                ('retries', models.PositiveIntegerField(default=0)),
                ('max_retries', models.PositiveIntegerField(default=0)),
                ('priority', models.IntegerField(null=True)),
                ('total', models.PositiveIntegerField(null=True)),
                ('done', models.PositiveIntegerField(null=True)),
                ('by_category', models.JSONField(null=True)),
                ('meta', models.JSONField(null=True)),
                ('result', models.JSONField(null=True)),
                ('error', models.TextField(null=True)),
                ('created_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'db_table': 'core_job',
                'indexes': [models.Index(fields=['state', '-created_at'], name='core_job_state'), models.Index(fields=['kind', '-created_at'], name='core_job_kind'), models.Index(fields=['tenant_id', '-created_at'], name='core_job_tenant')],
            },
        ),
    ]
