import time

from celery import shared_task

from .handlers import progress


@shared_task(bind=True, name='etl.load_rows')
def load_rows(self, steps=5):
    for step in range(1, steps + 1):
        progress(self.request.id, step, steps)
        time.sleep(0.001)
    return {'rows': steps}


@shared_task(bind=True, name='import.run_import_job', max_retries=3)
def run_import(self, times=1):
    progress(self.request.id, self.request.retries, times)
    if self.request.retries < times:
        # Not at once: the next run could end before Celery has stored that this one is tried again.
        raise self.retry(countdown=0.3, exc=ConnectionError(f'try {self.request.retries}'))
    return {'tries': self.request.retries}


@shared_task(name='multitenancy.tasks.send_user_email')
def send_email(to):
    return {'to': to}


@shared_task(name='ML.tasks.train_model_task')
def train(model):
    raise ValueError(f'no data for {model}')
