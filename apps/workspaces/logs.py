import logging


class WorkspaceFilter(logging.Filter):
    """Puts the schema that was entered into every log line."""

    def filter(self, record: logging.LogRecord) -> bool:
        from django.db import connection

        record.workspace = connection.schema_name
        return True
