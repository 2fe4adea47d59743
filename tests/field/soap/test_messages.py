"""Messages about files: what a schema says is shown as it says it."""

import pytest

from sesssrvr.model import build_package, read_folder
from tests.support.contracts import ROOT
from verdigris.errors import ConfigurationError


@pytest.mark.parametrize("name", ["A" * 69, "9lives", "with blank"])
def test_a_pattern_is_shown_whole(name):
    """A pattern without its `{0,62}` explains nothing: by what was shown, names had two letters."""
    files = dict(read_folder(ROOT / "examples" / "BankDemo"))
    file = "model/entities/CustomerDetail.xml"
    files[file] = files[file].replace(
        b'<attribute name="City"', f'<attribute name="{name}"'.encode()
    )

    with pytest.raises(ConfigurationError) as caught:
        build_package(files)

    assert r"'[A-Za-z_][A-Za-z0-9_\-]{0,62}'" in str(caught.value)
    assert "urn:verdigris" not in str(caught.value)
