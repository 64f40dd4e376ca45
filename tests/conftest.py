"""Tests share small plants by `from plants import ...`; hypothesis looks at the same plants each time."""

import sys
from pathlib import Path

from hypothesis import settings

sys.path.insert(0, str(Path(__file__).parent))
settings.register_profile("plantsim", derandomize=True, deadline=None, database=None)
settings.load_profile("plantsim")
