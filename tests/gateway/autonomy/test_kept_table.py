"""The allocation table on the disk: a whole one or none, and nothing fails for it."""

import msgspec
import pytest

from gateway.autonomy.kept_table import KeptTable, read, write
from verdigris.wire import AllocationTable, Offer, TableDomain, TableMember, TableServer


TABLE = AllocationTable(
    "t1",
    "test",
    (TableServer("A", "10.0.1.1:9623", "up", (0,)),),
    (TableDomain("d", (TableMember("A", 80, 1),)),),
    (Offer("model", "M", "M", "d"),),
)


def test_what_was_written_is_read(tmp_path):
    path = tmp_path / "data" / "t.msgpack"
    assert write(path, KeptTable(1000.5, TABLE)) == ""
    assert read(path) == KeptTable(1000.5, TABLE)


def test_there_may_be_none(tmp_path):
    assert read(tmp_path / "none") is None


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff\xfe garbage",
        msgspec.msgpack.encode(KeptTable(1.0, TABLE))[:-3],
        msgspec.msgpack.encode({"confirmed": "yesterday", "table": []}),
        msgspec.msgpack.encode([1, 2]),
        msgspec.msgpack.encode({"confirmed": 1.0, "table": ["t", 5]}),
    ],
)
def test_what_is_no_table_is_none(tmp_path, data):
    path = tmp_path / "t.msgpack"
    path.write_bytes(data)
    assert read(path) is None


def test_a_folder_in_its_place_is_none_and_told_when_writing(tmp_path):
    path = tmp_path / "t.msgpack"
    path.mkdir()
    assert read(path) is None
    assert "t.msgpack" in write(path, KeptTable(1.0, TABLE))


def test_a_field_of_a_later_version_is_no_obstacle(tmp_path):
    path = tmp_path / "t.msgpack"
    plain = msgspec.to_builtins(KeptTable(1.0, TABLE))
    plain["table"].append("later")
    path.write_bytes(msgspec.msgpack.encode(plain))
    assert read(path) == KeptTable(1.0, TABLE)
