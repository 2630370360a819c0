import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

application = get_wsgi_application()

from apps.workspaces.postgresql.pooler import refuse_at_start  # noqa: E402

refuse_at_start()

# What is loaded once stays for good: looking through it for garbage again and again costs the largest pages a third.
# A large page makes a hundred thousand small things at once: looking each time there are 700 more costs a tenth again.
gc.collect()
gc.freeze()
gc.set_threshold(10_000, 10, 10)
