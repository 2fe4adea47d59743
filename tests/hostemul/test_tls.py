"""The bank over TLS, used by Debian's s3270: from the first byte, and by START_TLS."""

import subprocess

import pytest


pytestmark = pytest.mark.processes


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tls")
    files = folder / "host.pem", folder / "host.key"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=DNS:localhost", "-out", files[0], "-keyout", files[1]],
        check=True, capture_output=True, timeout=60,
    )  # fmt: skip
    return files


@pytest.mark.parametrize(
    ("prefix", "options"),
    [("L:", ()), ("", ("--start-tls", "offer")), ("", ("--start-tls", "require"))],
)
def test_s3270_believes_the_certificate_of_an_authority_it_knows(
    served, emulator, pair, prefix, options
):
    host = served("bank", "--port", "0", "--motd-rate", "0", "--tls", *map(str, pair), *options)
    tube = emulator(
        f"{prefix}127.0.0.1:{host.port}", "-cafile", str(pair[0]), "-accepthostname", "localhost"
    )
    tube.do("Wait(5,InputField)")
    assert "BNK000" in tube.screen()[0]
    tube.do('String("TELLER001")')
    tube.do("Tab()")
    tube.do('String("BANK001")')
    assert "BNK010" in tube.press("Enter()")[0]


@pytest.mark.parametrize(("prefix", "options"), [("L:", ()), ("", ("--start-tls", "offer"))])
def test_s3270_refuses_an_unknown_certificate_unless_told_otherwise(
    served, emulator, pair, prefix, options
):
    host = served("bank", "--port", "0", "--motd-rate", "0", "--tls", *map(str, pair), *options)
    unchecked = emulator(f"Y:{prefix}127.0.0.1:{host.port}")
    unchecked.do("Wait(5,InputField)")
    assert "BNK000" in unchecked.screen()[0]
    checked = emulator(f"{prefix}127.0.0.1:{host.port}")
    with pytest.raises(AssertionError, match="s3270 ended"):
        checked.do("Wait(5,InputField)")


def test_start_tls_needs_a_certificate(served):
    host = served("bank", "--port", "0", "--start-tls", "offer")
    assert "requires --tls" in host.stop()
