"""A Django project like those that Crisper is attached to; what differs between tests comes from the environment."""
import os
from urllib.parse import urlsplit

_database = urlsplit(os.environ['SHOP_DATABASE_URL'])

SECRET_KEY = 'only for tests'
USE_TZ = True
INSTALLED_APPS = ['django.contrib.auth', 'django.contrib.contenttypes', 'core']
DEFAULT_AUTO_FIELD = 'django.db.models.AutoField'
DATABASES = {
    'default': {
        'ENGINE': 'django.db.backends.postgresql',
        'HOST': _database.hostname,
        'PORT': _database.port,
        'USER': _database.username,
        'PASSWORD': _database.password,
        'NAME': _database.path[1:],
        'CONN_MAX_AGE': 600,
    }
}
CELERY_BROKER_URL = os.environ['CELERY_BROKER_URL']
CELERY_RESULT_BACKEND = os.environ['CELERY_RESULT_BACKEND']
CELERY_TASK_SEND_SENT_EVENT = True
