"""Room on the disk for what must be written whatever happens."""

from __future__ import annotations

import ctypes
import errno
import os

FALLOC_FL_KEEP_SIZE = 1
#: What a C library or a file system says that does not know this.
UNKNOWN = (errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL)


def keep_room(handle: int, room: int) -> None:
    """Gives a file blocks for so many bytes behind its end, which stays where it is. What is appended then needs no free block:
    where root has used up those that a file system keeps for it, even a block that is given back is lost to all others.
    Does nothing where this is not known; raises OSError where there is no room."""
    libc = ctypes.CDLL(None, use_errno=True)
    # Offsets of 64 bits, whatever the machine.
    allocate = getattr(libc, "fallocate64", None) or getattr(libc, "fallocate", None)
    if allocate is None:
        return
    end = os.fstat(handle).st_size
    if allocate(handle, FALLOC_FL_KEEP_SIZE, ctypes.c_int64(end), ctypes.c_int64(room)) != 0:
        number = ctypes.get_errno()
        if number not in UNKNOWN:
            raise OSError(number, os.strerror(number))
