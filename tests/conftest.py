"""Tests share small plants by `from plants import ...`; hypothesis looks at the same plants each time.

`pytest --hypothesis-profile=shrink` takes minutes more when a test fails, and shows a smaller plant on which it does.
"""

import sys
from pathlib import Path

from hypothesis import Phase, settings

sys.path.insert(0, str(Path(__file__).parent))
settings.register_profile("shrink", derandomize=True, deadline=None, database=None)
settings.register_profile("plantsim", settings.get_profile("shrink"), phases=[Phase.explicit, Phase.generate])
settings.load_profile("plantsim")

from theory.conftest import pytest_terminal_summary  # noqa: E402, F401  (so that it is told with other tests, too)
