"""spyne 2.14 imports on every Python we support, without warnings, and logs nothing."""

import logging
import os
import subprocess
import sys

import pytest

from gateway.soap.codec.spyne_compat import LEAKY_LOGGERS, parse_header


@pytest.mark.processes
def test_it_imports_in_a_process_where_warnings_are_errors():
    program = (
        "import gateway.soap.codec.spyne_codec, sys;"
        "assert not [f for f in sys.meta_path if type(f).__module__ == 'spyne.util.six'];"
        "import xml.dom.minidom, wave"
    )

    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("line", "value", "parameters"),
    [
        ("text/xml; charset=utf-8", "text/xml", {"charset": "utf-8"}),
        (
            'application/soap+xml; action="urn:x"; charset="utf-8"',
            "application/soap+xml",
            {"action": "urn:x", "charset": "utf-8"},
        ),
        ("text/xml", "text/xml", {}),
        ("", "", {}),
    ],
)
def test_the_replacement_of_cgi_reads_headers(line, value, parameters):
    assert parse_header(line) == (value, parameters)


def test_loggers_that_write_whole_requests_are_silent():
    for name in LEAKY_LOGGERS:
        logger = logging.getLogger(name)
        assert not logger.isEnabledFor(logging.CRITICAL)
        assert not logger.propagate
