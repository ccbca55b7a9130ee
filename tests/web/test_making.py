"""Only what is missing keeps the page's tests from running."""

import pytest

from digitlib.errors import DataError
from digitlib.web.parts import NotHereError
from tests.web.making import make


def fail_with(error):
    def build(_target, _archives):
        raise error

    return build


def test_a_missing_part_skips_by_its_name(tmp_path):
    with pytest.raises(pytest.skip.Exception, match="NOT tested: numpy cannot"):
        make(fail_with(NotHereError("numpy cannot be fetched")), tmp_path)


def test_a_wrong_checksum_is_an_error(tmp_path):
    with pytest.raises(DataError, match="checksum"):
        make(fail_with(DataError("its checksum is another")), tmp_path)
