"""Publishes about one task of the demo application a second, for two companies, until it is stopped."""

import random
import time

from crisper_demo import app

COMPANIES = [
    {"company_id": 4, "tenant_id": "acme"},
    {"company_id": 7, "tenant_id": "globex"},
]

# (weight, task, its own arguments). Trainings are rare: more than one in a minute would fill their worker for good.
WORK = [
    (18, "multitenancy.tasks.send_user_invite_email", lambda: {"email": "user%d@example.com" % random.randint(1, 900)}),
    (15, "multitenancy.tasks.execute_integration_rule", lambda: {"rule_id": random.randint(1, 40)}),
    (12, "import.run_import_job", lambda: {"job_id": random.randint(1, 9999), "user_id": random.randint(1, 20)}),
    (12, "import.process_import_template", lambda: {"template_id": random.randint(1, 9), "user_id": random.randint(1, 20)}),
    (9, "etl.process_etl_file", lambda: {"file": "sales-%02d.csv" % random.randint(1, 31), "user_id": random.randint(1, 20)}),
    (6, "accounting.tasks.compare_two_engines_task", lambda: {"month": "2025-%02d" % random.randint(1, 12)}),
    (3, "accounting.tasks.generate_missing_embeddings", dict),
    (1, "ML.tasks.train_model_task", lambda: {"model": random.choice(["churn", "forecast"])}),
]


def main():
    weights = [weight for weight, _, _ in WORK]
    while True:
        _, task, arguments = random.choices(WORK, weights)[0]
        app.send_task(task, kwargs={**arguments(), **random.choice(COMPANIES)})
        time.sleep(random.uniform(0.5, 1.5))


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        pass
