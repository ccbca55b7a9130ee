"""Makes the page for the tests that need it whole.

Its archives are not in the repository (`web/parts.json`). npm brings most; the wheels
are looked for in the folder that DIGITLIB_WEB_PARTS names, or in `shared/web` beside
the checkout.
"""

import os
from pathlib import Path

import pytest

from digitlib.web.parts import NotHereError

ROOT = Path(__file__).parents[2]
ARCHIVES = os.environ.get("DIGITLIB_WEB_PARTS", ROOT.parent / "shared" / "web")


def make(builder, target):
    """Have `build` or `build_single` write it; where a part is absent, skip by name.

    A part that is another than the listed one is an error, and never a skip.
    """
    try:
        return builder(target, ROOT / ARCHIVES)
    except NotHereError as error:
        pytest.skip(f"the browser's page is NOT tested: {error}")
