"""From a model's host and variables to what a connection is made with."""

import pytest

from sesssrvr.hosts.ssh.algorithms import MODERN
from sesssrvr.hosts.ssh.settings import SshSettings, is_ssh
from sesssrvr.model import load_model
from verdigris.errors import HostUnreachable, LoginKeyUnusable


MODEL = """<model xmlns="urn:verdigris:model:1" name="M" home="Home">
  <host type="VT" host="vax1">
    <option name="protocol" value="ssh"/>
    <option name="ssh-host-key" value="SHA256:AAAA"/>
    {options}
  </host>
  <variables>
    <variable name="who" setting="host-user" value="clerk"/>
    <variable name="word" setting="host-password" value="pa55"/>
    <variable name="loginKey" setting="ssh-private-key" value="the key"/>
    <variable name="publicKey" setting="ssh-public-key" value="the public key"/>
    <variable name="phrase" setting="ssh-passphrase" value="the phrase"/>
  </variables>
  <entity name="Home"><signature><text row="1" column="1">X</text></signature></entity>
</model>"""
SECRETS = ("pa55", "the key", "the phrase")


def loaded(options=""):
    return load_model({"model.xml": MODEL.replace("{options}", options).encode()}).model


def settings(options="", files=(), **values):
    model = loaded(options)
    return SshSettings.of(model.host_for(model.resolve(values)), files)


def test_variables_say_who_signs_on():
    found = settings()
    assert (found.user, found.password, found.key) == ("clerk", "pa55", "the key")
    assert (found.passphrase, found.public) == ("the phrase", "the public key")
    assert found.address == "vax1:22"
    other = settings(who="boss", word="x", loginKey="")
    assert (other.user, other.password, other.key) == ("boss", "x", "")


def test_variables_of_secrets_are_secret_unless_the_model_says_otherwise():
    model = loaded()
    secret = {one.name for one in model.variables if one.secret}
    assert secret == {"password", "word", "loginKey", "phrase"}
    assert not set(SECRETS) & set(model.readable(model.resolve({})).values())


def test_nothing_secret_is_printed():
    model = loaded()
    host = model.host_for(model.resolve({}))
    printed = repr(SshSettings.of(host)) + repr(host) + repr(model.variables)
    for secret in SECRETS:
        assert secret not in printed


def test_a_file_of_the_server_serves_where_no_variable_does(tmp_path):
    (tmp_path / "key").write_text("of the file")
    (tmp_path / "phrase").write_text("of the other file\n")
    options = (
        f'<option name="ssh-key" value="{tmp_path}/key"/>'
        f'<option name="ssh-passphrase" value="{tmp_path}/phrase"/>'
        '<option name="ssh-user" value="nobody"/>'
    )
    found = settings(options, loginKey="", phrase="", who="")
    assert (found.user, found.passphrase) == ("nobody", "of the other file")
    assert found.login_key() == ("of the file", False)
    assert settings(options).login_key() == ("the key", False)
    (tmp_path / "key").unlink()
    with pytest.raises(LoginKeyUnusable, match="key: No such file"):
        found.login_key()
    (tmp_path / "phrase").unlink()
    with pytest.raises(HostUnreachable, match="phrase: No such file"):
        settings(options, phrase="")


def test_without_a_word_on_known_hosts_the_usual_files_count(tmp_path):
    file = tmp_path / "known_hosts"
    file.write_text(
        "vax1 ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl\n"
    )
    host = loaded().host_for({"who": "clerk"})
    host = type(host)("VT", host="vax1", port=22, user="clerk", options=(("protocol", "ssh"),))
    found = SshSettings.of(host, (str(file), str(tmp_path / "none")))
    assert len(found.known.entries) == 1
    assert found.known.looked == str(file)
    for nothing in ((), ("~nobody-of-this-name/known_hosts",), (str(tmp_path / "none"),)):
        assert SshSettings.of(host, nothing).known.looked == "there is no file of known hosts"


def test_the_known_kind_of_key_is_asked_for_first():
    rsa = '<option name="ssh-host-key" value="ssh-rsa SHA256:AAAA"/>'
    text = MODEL.replace('<option name="ssh-host-key" value="SHA256:AAAA"/>', rsa)
    model = load_model({"model.xml": text.replace("{options}", "").encode()}).model
    found = SshSettings.of(model.host_for(model.resolve({})))
    assert found.algorithms.keys[0] == "rsa-sha2-512"
    assert settings().algorithms.keys == MODERN.keys


def test_only_the_option_makes_it_ssh():
    host = loaded().host
    assert is_ssh(host)
    assert host.port == 22
    assert not is_ssh(type(host)("VT"))
