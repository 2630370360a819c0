"""``python -m config.devstack COMMAND``; ``make help`` shows the way in for people."""

from __future__ import annotations

import sys

from config.devstack.cli import main

sys.exit(main(sys.argv[1:]))
