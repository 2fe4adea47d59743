"""Who is at the other end of a connection on this machine, asked of Linux: sock_diag(7), proc(5)."""

import os
import socket
import struct
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path


ESTABLISHED = 1
_SOCK_DIAG = 20
_REQUEST = struct.Struct("=IHHII")
"""struct nlmsghdr: length, type, flags, number, process."""
_ASKED = struct.Struct("=BBBBI")
"""struct inet_diag_req_v2 up to its socket: family, protocol, extensions, padding, states."""
_SOCKET = struct.Struct("!HH16s16sI8s")
"""struct inet_diag_sockid: ports and addresses of both ends, interface, cookie (all ones: any)."""
_INODE = _REQUEST.size + 4 + _SOCKET.size + 16
_HERE = socket.inet_aton("127.0.0.1")


def state_and_inode(port: int, to: int) -> tuple[int, int]:
    """TCP state and inode of the socket of one port of loopback that is connected to another; zeros if there is none."""
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 4) as line:  # 4: NETLINK_SOCK_DIAG
        wanted = _SOCKET.pack(port, to, _HERE, _HERE, 0, b"\xff" * 8)
        asked = _ASKED.pack(socket.AF_INET, socket.IPPROTO_TCP, 0, 0, 0xFFFFFFFF) + wanted
        line.send(_REQUEST.pack(_REQUEST.size + len(asked), _SOCK_DIAG, 1, 0, 0) + asked)
        answer = line.recv(4096)
    if _REQUEST.unpack_from(answer)[1] != _SOCK_DIAG:
        return 0, 0
    return answer[_REQUEST.size + 1], struct.unpack_from("=I", answer, _INODE)[0]


def owner(inode: int, processes: Mapping[str, int]) -> str:
    """The name of the process that has a socket, itself or one that it has started; "" if none has."""
    for name, pid in processes.items():
        if any(_has(one, inode) for one in family(pid)):
            return name
    return ""


def family(pid: int) -> Iterator[int]:
    """A process and all that it has started."""
    yield pid
    with suppress(OSError):
        for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
            yield from family(int(child))


def _has(pid: int, inode: int) -> bool:
    with suppress(OSError), os.scandir(f"/proc/{pid}/fd") as entries:
        return any(_inode(entry) == inode for entry in entries)
    return False


def _inode(entry: "os.DirEntry[str]") -> int:
    with suppress(OSError):  # closed meanwhile
        return entry.stat().st_ino
    return 0
