#!/usr/bin/env python
"""Django's command line, under the database login the command needs."""

import os
import sys

OWNER_COMMANDS = {"migrate_workspaces", "migrate", "makemigrations", "close_workspace"}


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    if len(sys.argv) > 1 and sys.argv[1] in OWNER_COMMANDS:
        os.environ.setdefault("LODESTAR_DATABASE_LOGIN", "owner")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
