"""Who is connected to a backend's socket, and which process answers on it."""

from __future__ import annotations

import socket
import struct
from pathlib import Path

UNIX_TABLE = Path("/proc/net/unix")
#: Flag of a listening socket in /proc/net/unix (include/linux/net.h, __SO_ACCEPTCON).
LISTENING = 0x10000
#: unix(7): `sun_path` has 108 bytes, the last of them NUL.
LONGEST_SOCKET = 107


def count_connections(table: str, path: str) -> int:
    """Connections to a unix socket, accepted or still waiting, from the text of /proc/net/unix."""
    count = 0
    for line in table.splitlines()[1:]:
        fields = line.split(None, 7)
        if len(fields) == 8 and fields[7] == path and not int(fields[3], 16) & LISTENING:
            count += 1
    return count


def connections(path: Path) -> int:
    """Connections to a unix socket now."""
    return count_connections(UNIX_TABLE.read_text(errors="replace"), str(path))


def listening_inodes(path: Path) -> set[str]:
    """Inodes of the sockets that listen under this name."""
    rows = (line.split(None, 7) for line in UNIX_TABLE.read_text(errors="replace").splitlines()[1:])
    return {row[6] for row in rows if row[7:] == [str(path)] and int(row[3], 16) & LISTENING}


def peer_pid(connection: socket.socket) -> int:
    """Process that called listen(2) on the other end (SO_PEERCRED)."""
    credentials = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    return int(struct.unpack("3i", credentials)[0])
