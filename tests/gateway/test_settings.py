"""plugin-cfg.xml is edited while the gateway runs."""

import pytest
from twisted.internet.task import Clock

from gateway.settings import Settings
from verdigris.errors import ConfigurationError


def text(domain):
    return f'<properties><entry key="domainName">{domain}</entry></properties>'


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "plugin-cfg.xml"
    path.write_text(text("one"))
    return path


@pytest.fixture
def settings(file):
    clock = Clock()
    made = Settings(file, clock)
    made.clock = clock
    made.start()
    yield made
    made.stop()
    assert made.clock.getDelayedCalls() == []


def wait(settings, seconds=0.5):
    for _ in range(round(seconds / 0.1)):
        settings.clock.advance(0.1)


def test_an_edit_is_taken_when_it_has_settled(settings, file):
    heard = []
    settings.on_change.append(lambda: heard.append(settings.config.domain_name))
    file.write_text(text("two"))
    settings.clock.advance(0.1)
    settings.clock.advance(0.1)
    assert settings.config.domain_name == "one"

    wait(settings)

    assert settings.config.domain_name == "two"
    assert heard == ["two"]


def test_a_file_still_being_written_is_not_read(settings, file):
    for length in range(10, len(text("later")), 10):
        file.write_text(text("later")[:length])
        settings.clock.advance(0.1)
        assert settings.problem is None
    file.write_text(text("later"))
    wait(settings)

    assert (settings.config.domain_name, settings.problem) == ("later", None)


def test_a_broken_edit_is_reported_and_the_last_good_one_stays(settings, file):
    file.write_text('<properties><entry key="domainname">x</entry></properties>')
    wait(settings)

    assert settings.config.domain_name == "one"
    assert "did you mean domainName?" in str(settings.problem)
    assert repr(settings).endswith("[broken edit, last good one in use]>")

    file.write_text(text("two"))
    wait(settings)

    assert (settings.config.domain_name, settings.problem) == ("two", None)


def test_going_back_to_the_good_text_ends_the_problem(settings, file):
    file.write_text("<properties>")
    wait(settings)
    file.write_text(text("one"))
    wait(settings)

    assert settings.problem is None


def test_a_file_that_disappears_changes_nothing_until_it_is_back(settings, file):
    file.unlink()
    wait(settings)
    assert "cannot be read" in str(settings.problem)
    assert settings.config.domain_name == "one"

    new = file.with_suffix(".new")
    new.write_text(text("two"))
    new.replace(file)
    wait(settings)

    assert (settings.config.domain_name, settings.problem) == ("two", None)


def test_a_file_that_is_broken_at_the_start_is_an_error(tmp_path):
    with pytest.raises(ConfigurationError, match="cannot be read"):
        Settings(tmp_path / "nothing.xml", Clock())


def test_without_a_file_the_defaults_hold():
    clock = Clock()
    settings = Settings(None, clock)
    settings.start()

    assert settings.config.domain_name == ""
    assert clock.getDelayedCalls() == []


def test_what_needs_a_restart_is_told_until_it_is_taken_back(settings, file):
    from twisted.logger import globalLogPublisher  # noqa: PLC0415 - only here

    heard = []
    globalLogPublisher.addObserver(heard.append)
    try:
        file.write_text(text("two").replace("</p", '<entry key="httpPort">9999</entry></p'))
        wait(settings)
        assert settings.stale == ("httpPort",)
        assert [it["keys"] for it in heard if "after a restart" in it["log_format"]] == ["httpPort"]
        file.write_text(text("two"))
        wait(settings)
    finally:
        globalLogPublisher.removeObserver(heard.append)
    assert settings.stale == ()


@pytest.mark.parametrize(
    ("entries", "domains", "used", "choice"),
    [
        ({}, ("one",), "one", ()),
        ({}, ("one", "two"), "", ("one", "two")),
        ({}, (), "", ()),
        ({"domainName": "mine"}, ("one",), "mine", ()),
        ({"domainName": ""}, ("one",), "", ()),
        ({"domainName": ""}, ("one", "two"), "", ()),
        ({"sessionServer": "vs1"}, ("one",), "", ()),
        ({"managementServers": ""}, ("one",), "", ()),
    ],
)
def test_the_domain_of_requests_that_name_none(settings, file, entries, domains, used, choice):
    listed = "".join(f'<entry key="{key}">{it}</entry>' for key, it in entries.items())
    file.write_text(f"<properties>{listed}</properties>")
    settings.meet_domains(domains)
    wait(settings)
    assert (settings.config.domain_name, settings.config.domains) == (used, choice)


def test_the_domains_may_change_while_the_gateway_runs(settings, file):
    file.write_text("<properties/>")
    wait(settings)
    heard = []
    settings.on_change.append(
        lambda: heard.append((settings.config.domain_name, settings.config.domains))
    )
    for domains in (("one",), ("one",), ("one", "two"), ("two",), ()):
        settings.meet_domains(domains)
    assert heard == [("one", ()), ("", ("one", "two")), ("two", ()), ("", ())]
