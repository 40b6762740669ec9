"""Django of the tests, for results of django-celery-results in the database that DJANGO_TEST_DATABASE names."""

import importlib.util
import os
from urllib.parse import unquote, urlsplit

url = urlsplit(os.environ["DJANGO_TEST_DATABASE"])
if url.scheme == "mysql":
    import pymysql

    # Django knows mysqlclient only, and wants a version of that.
    pymysql.version_info = (2, 2, 1, "final", 0)
    pymysql.install_as_MySQLdb()
engines = {"postgres": "postgresql", "mysql": "mysql", "sqlite": "sqlite3"}

INSTALLED_APPS = ["django_celery_results"]
if importlib.util.find_spec("django_celery_beat"):
    INSTALLED_APPS.append("django_celery_beat")
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends." + engines[url.scheme],
        "NAME": url.path[1:],
        "USER": unquote(url.username or ""),
        "PASSWORD": unquote(url.password or ""),
        "HOST": url.hostname or "",
        "PORT": url.port or "",
    }
}
# Where it is not UTC, a mistake shows.
TIME_ZONE = "America/Sao_Paulo"
USE_TZ = True
SECRET_KEY = "of no interest"
