"""Packages: the same files give the same bytes; what is not a good package is told in words."""

import struct
from io import BytesIO
from zipfile import ZIP_BZIP2, ZIP_DEFLATED, ZipFile, ZipInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sesssrvr.model import build_package, check_package, digest, package, read_package
from verdigris.errors import BadPackage


DEPLOY, LISTS = package.DESCRIPTOR, package.LISTS


def zipped(files, compression=ZIP_DEFLATED):
    out = BytesIO()
    with ZipFile(out, "w", compression) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def told(data):
    with pytest.raises(BadPackage) as caught:
        read_package(data, "bank.zip")
    return [str(problem) for problem in caught.value.problems]


def test_the_same_files_give_the_same_package(bank_files):
    one = build_package(bank_files)
    other = build_package(dict(reversed(bank_files.items())))
    assert one == other
    assert read_package(one).digest == digest(bank_files)


def test_any_change_changes_the_digest(bank_files):
    changed = {**bank_files, LISTS: bank_files[LISTS] + b"\n"}
    assert digest(changed) != digest(bank_files)


def test_a_package_tells_pools_and_lists(bank_package):
    assert bank_package.name == "BankDemo"
    pool = bank_package.deployment.pools[0]
    assert (pool.start, pool.initial_idle, pool.max_pending) == (True, 2, 5)
    assert pool.variable_lists == ("Tellers",)
    assert bank_package.variable_lists[0].row(41) == {"userID": "TELLER042", "password": "BANK042"}
    assert (
        repr(bank_package.variable_lists[0])
        == "<VariableList 'Tellers' [userID, password] 200 rows>"
    )
    other = bank_package.deployment.pools[1]
    assert (other.start, other.startup_entity, other.max_idle) == (False, "SignOn", 10)


def test_a_package_without_descriptors_only_brings_the_model(bank_files):
    only = {name: data for name, data in bank_files.items() if name.startswith("model/")}
    found = read_package(build_package(only))
    assert found.deployment is None
    assert found.variable_lists == ()


def test_lists_need_a_descriptor(bank_files):
    files = {name: data for name, data in bank_files.items() if name != DEPLOY}
    assert told(zipped(files)) == [
        "deploy/mvl_desc.xml: error: variable lists need deploy/deploy_desc.xml"
    ]


def test_what_does_not_belong_is_left_out_with_a_warning(bank_files):
    files = {**bank_files, "README.md": b"hello", "__MACOSX/x": b""}
    found = read_package(zipped(files))
    assert [str(one) for one in found.warnings] == [
        "README.md: warning: is not part of a package and is left out",
        "__MACOSX/x: warning: is not part of a package and is left out",
    ]
    assert found.digest == digest(bank_files)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (b'model-name="BankDemo"', b'model-name="Bank"', "deploy_desc.xml:1: error: it is for model Bank, not BankDemo"),
        (b"<max-concurrent-sessions>50", b"<max-concurrent-sessions>201", "deploy_desc.xml:9: error: variable list Tellers has 200 rows for 201 concurrent sessions: each session needs a row of its own"),
        (b"<initial-idle-sessions>2", b"<initial-idle-sessions>51", "deploy_desc.xml:9: error: initial idle sessions: 51, but only 50 concurrent ones"),
        (b"<min-idle-sessions>1", b"<min-idle-sessions>21", "deploy_desc.xml:9: error: the minimum of idle sessions (21) is above the maximum (20)"),
        (b"<startup-entity>MainMenu", b"<startup-entity>Menu", "deploy_desc.xml:9: error: the model has no entity Menu"),
        (b'list name="Tellers"', b'list name="Cashiers"', "deploy_desc.xml:9: error: there is no variable list Cashiers"),
        (b'name="SignOnPool"', b'name="BankPool"', "deploy_desc.xml:21: error: pool BankPool already exists (line 9)"),
        (b"<max-pending-sessions>5", b"<max-pending-sessions>0", "deploy_desc.xml:15: error: Element 'max-pending-sessions'"),
        (b"<startup-entity>SignOn<", b"<model-variables><model-variable name='nobody' value='x'/></model-variables><startup-entity>SignOn<", "deploy_desc.xml:21: error: the model has no variable nobody"),
        (b"<startup-entity>MainMenu", b"<model-variables><model-variable name='USERID' value='x'/></model-variables><startup-entity>MainMenu", "deploy_desc.xml:9: error: variable userID is in list Tellers and in its variables"),
    ],
)  # fmt: skip
def test_a_broken_descriptor_is_told_with_its_line(bank_files, old, new, said):
    assert old in bank_files[DEPLOY]
    found = told(zipped({**bank_files, DEPLOY: bank_files[DEPLOY].replace(old, new, 1)}))
    assert any(said in one for one in found), found


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (b'variables="userID password"', b'variables="userID pin"', "mvl_desc.xml:4: error: the model has no variable pin"),
        (b'userID="TELLER001" ', b"", "mvl_desc.xml:5: error: row 1 has no userID"),
        (b'userID="TELLER002" ', b'userID="TELLER002" pin="1" ', "mvl_desc.xml:6: error: row 2 has an unknown variable pin"),
        (b'userID="TELLER002" password="BANK002"', b'userID="TELLER001" password="BANK001"', None),
    ],
)  # fmt: skip
def test_a_broken_list_is_told_with_its_line_and_no_value(bank_files, old, new, said):
    files = {**bank_files, LISTS: bank_files[LISTS].replace(old, new, 1)}
    found = [str(one) for one in check_package(files)]
    if said is None:
        warned = "deploy/mvl_desc.xml:4: warning: variable list Tellers has equal rows: 1 and 2 (TELLER001)"
        effect = (
            "an account is used by one session at a time, so only the first row of each is used"
        )
        assert found == [f"{warned}; {effect}"]
    else:
        assert any(said in one for one in found), found
    assert "BANK0" not in " ".join(found)


def test_one_variable_in_two_lists_of_a_pool_is_refused(bank_files):
    lists = bank_files[LISTS].replace(
        b"</model-variable-lists>",
        b'<model-variable-list name="More" variables="userID"><row userID="X"/></model-variable-list></model-variable-lists>',
    )
    deploy = bank_files[DEPLOY].replace(
        b'<model-variable-list name="Tellers"/>',
        b'<model-variable-list name="Tellers"/><model-variable-list name="More"/>',
    )
    found = " ".join(told(zipped({**bank_files, LISTS: lists, DEPLOY: deploy})))
    assert "variable userID is in list More and in list Tellers" in found
    assert "variable list More has 1 rows for 50 concurrent sessions" in found


def test_a_folder_zipped_from_outside_is_explained(bank_files):
    found = told(zipped({f"BankDemo/{name}": data for name, data in bank_files.items()}))
    assert (
        "model/model.xml: error: is inside folder BankDemo: package the contents of that folder"
        in found
    )


def test_a_broken_model_and_a_broken_descriptor_are_told_together(bank_files):
    menu = "model/entities/MainMenu.xml"
    broken = {
        **bank_files,
        menu: bank_files[menu].replace(b'destination="Transfer"', b'destination="Nowhere"'),
        DEPLOY: bank_files[DEPLOY].replace(b"sessions>50<", b"sessions>500<"),
    }
    assert {one.split(":")[0] for one in told(zipped(broken))} == {menu, DEPLOY}


# ---- hostile archives ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    ["../model.xml", "/etc/passwd", "model/../../x", "C:/x", "a\\b", "model//x", "x\n", "./x"],
)
def test_names_that_lead_out_are_refused(name):
    found = told(zipped({name: b"x"}))
    assert len(found) == 1
    assert "name" in found[0]


def test_a_file_that_is_there_twice_is_refused(bank_files):
    out = BytesIO()
    with ZipFile(out, "w") as archive:
        archive.writestr("model/model.xml", b"a")
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("model/model.xml", b"b")
    assert told(out.getvalue()) == ["model/model.xml: error: appears twice"]


def test_links_and_odd_compression_and_encryption_are_refused():
    link = ZipInfo("model/x")
    link.external_attr = 0o120777 << 16
    out = BytesIO()
    with ZipFile(out, "w") as archive:
        archive.writestr(link, "/etc/passwd")
    assert told(out.getvalue()) == ["model/x: error: the file is a symbolic link"]
    assert told(zipped({"model/x": b"x"}, ZIP_BZIP2)) == [
        "model/x: error: the file is compressed by a method that is not supported"
    ]
    locked = bytearray(zipped({"model/x": b"x"}))
    at = locked.rindex(b"PK\1\2")
    struct.pack_into("<H", locked, at + 8, 1)
    assert told(bytes(locked)) == ["model/x: error: the file is encrypted"]


def test_limits_hold(monkeypatch, bank_files):
    bomb = zipped({"model/x": b"\0" * 1_000_000})
    monkeypatch.setattr(package, "MAX_FILE", 999_999)
    assert told(bomb) == ["model/x: error: larger than 999999 bytes"]
    monkeypatch.setattr(package, "MAX_FILE", 2_000_000)
    monkeypatch.setattr(package, "MAX_TOTAL", 1_000_500)
    two = zipped({"model/x": b"\0" * 1_000_000, "model/y": b"\0" * 1000})
    assert "larger than allowed" in told(two)[0]
    monkeypatch.setattr(package, "MAX_FILES", 3)
    assert told(zipped({f"model/{n}": b"" for n in range(4)})) == [
        "bank.zip: error: 4 files, at most 3"
    ]
    monkeypatch.setattr(package, "MAX_PACKAGE", 10)
    assert told(zipped(bank_files)) == ["bank.zip: error: larger than 10 bytes"]


def test_an_entry_that_lies_about_its_size_is_stopped(monkeypatch):
    lying = bytearray(zipped({"model/x": b"\0" * 1_000_000}))
    at = lying.rindex(b"PK\1\2")
    struct.pack_into("<I", lying, at + 24, 10)  # uncompressed size in the directory
    monkeypatch.setattr(package, "MAX_FILE", 1000)
    assert len(told(bytes(lying))) >= 1


@pytest.mark.parametrize("data", [b"", b"PK", b"not a zip at all", b"PK\x05\x06" + b"\0" * 18])
def test_what_is_no_zip_is_told(data):
    assert told(data)


@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_a_damaged_zip_is_told_and_never_a_traceback(bank_files, data):
    few = {name: bank_files[name] for name in (DEPLOY, LISTS, "model/model.xml")}
    content = bytearray(zipped(few))
    for _ in range(data.draw(st.integers(1, 5))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    assert told(bytes(content))
