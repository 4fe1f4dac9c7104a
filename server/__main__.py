"""``python -m server`` is ``hotline``."""

import sys

from server.cli import main

sys.exit(main())
