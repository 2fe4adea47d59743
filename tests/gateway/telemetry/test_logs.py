"""What a gateway's processes log: objects with the request's id, and an access log when it is wanted."""

import http.client
import json

import pytest

from verdigris.child_process import Process


pytestmark = pytest.mark.processes

CONFIG = (
    '<properties><entry key="managementServers"></entry>'
    '<entry key="sessionServer">127.0.0.1:9</entry><entry key="accessLog">true</entry></properties>'
)


@pytest.mark.parametrize("workers", ["1", "2"])
def test_every_line_is_an_object_and_a_requests_lines_have_its_id(tmp_path, workers):
    (tmp_path / "plugin-cfg.xml").write_text(CONFIG)
    given = ["gateway", "--config", str(tmp_path / "plugin-cfg.xml"), "--port", "0", "--log-json",
             "--workers", workers]  # fmt: skip
    process = Process("gateway", given, tmp_path).start()
    try:
        line = http.client.HTTPConnection("127.0.0.1", process.port(), timeout=10)
        body = b"<not xml \xff secret-in-the-body"
        names = {"X-Request-Id": "my-own-7", "Authorization": "Basic nonsense-secret"}
        line.request("POST", "/vhi-ws/model/None?token=secret-in-the-query", body, names)
        assert line.getresponse().read()
        names = {"X-Request-Id": "my-own-8"}
        line.request("POST", "/vhi-rs/model/None/thing", b"{}", names)
        assert line.getresponse().headers["X-Request-Id"] == "my-own-8"
        line.close()
    finally:
        process.stop()

    text = (tmp_path / "gateway.log").read_text()
    lines = [json.loads(it) for it in text.splitlines()]
    assert "secret" not in text
    assert all(it["time"] and it["level"] and it["message"] for it in lines)
    accessed = [it["message"] for it in lines if "/vhi-ws/model/None" in it["message"]]
    assert any("127.0.0.1" in it and "POST" in it for it in accessed)
    told = [it for it in lines if it.get("request_id") == "my-own-8"]
    assert any("/vhi-rs/model/None/thing" in it["message"] for it in told), text
