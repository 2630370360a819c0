"""``python -m config.devstack.health PORT``: exit code 0 if the web server answers. For containers' health checks."""

from __future__ import annotations

import os
import sys

from config.devstack.programs import http_status


def main() -> int:
    """The public start page must answer, and not with an error of ours."""
    host = os.environ.get("LODESTAR_BASE_HOST", "localhost")
    status = http_status(int(sys.argv[1]), host, seconds=4.0)
    return 0 if status is not None and status < 500 else 1


if __name__ == "__main__":
    sys.exit(main())
