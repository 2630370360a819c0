"""The Celery application: an alarm clock. What is to be done stands in PostgreSQL (`apps.work`)."""

import os

from celery import Celery
from celery.signals import worker_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("lodestar")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_init.connect
def refuse_transaction_pooler(**_: object) -> None:
    from apps.workspaces.postgresql.pooler import refuse_at_start

    refuse_at_start()
