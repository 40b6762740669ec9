"""python publish.py COUNT: sends so many tasks, of each kind in turn, and prints their ids."""
import sys

import django

django.setup()

from core.tasks import load_rows, run_import, send_email, train  # noqa: E402
from shop.celery import app  # noqa: E402, F401

kinds = [
    lambda n: load_rows.apply_async(kwargs={'steps': 1 + n % 5}, headers={'tenant_id': str(n % 7)}),
    lambda n: run_import.apply_async(kwargs={'times': n % 3}),
    lambda n: send_email.apply_async(args=[f'user{n}@example.com']),
    lambda n: train.apply_async(args=[f'model{n}']),
]
for n in range(int(sys.argv[1])):
    print(kinds[n % len(kinds)](n).id)
