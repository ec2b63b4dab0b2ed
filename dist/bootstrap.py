"""Starts the host program, and installs it first where it is missing.

The runner sends this text in its one exec command (`python3 -I -c ...`), the same for every host and verb. It reads
the hello line from standard input, makes sure that the program which the hello names lies under `<root>/bin`, and
calls it in this same interpreter. All that changes anything else on the host belongs to the program.

The syntax is that of Python 3.6, so that an old interpreter can still say that it is too old; hence the quoted types.
"""

import contextlib
import errno
import hashlib
import json
import os
import re
import sys

OLDEST = (3, 9)
#: Bounds what an ill-formed hello can make this process hold in memory, bytes.
LARGEST_HELLO = 1024 * 1024
LARGEST_PROGRAM = 64 * 1024 * 1024
#: Exit code for "cannot reach or use the host".
UNUSABLE = 69


class Refusal(Exception):
    """Why the program cannot be started, with the next step; told to the runner as an `error` line."""

    def __init__(self, message: str, next_step: str, code: str = "host") -> None:
        super().__init__(message)
        self.next_step = next_step
        self.code = code


def say(message: "dict[str, object]") -> None:
    """Sends one line of the protocol."""
    sys.stdout.buffer.write(json.dumps(message).encode() + b"\n")
    sys.stdout.buffer.flush()


def check_python() -> None:
    """Refuses an interpreter that the host program does not run on."""
    if sys.version_info < OLDEST:
        raise Refusal(
            "python3 on this host is {}.{}; Graceful needs {}.{} or newer".format(
                *(sys.version_info[:2] + OLDEST)
            ),
            "Install a newer Python, so that the command python3 of user {} runs it.".format(whoami()),
        )


def whoami() -> str:
    """Name of the user that this runs as, for messages."""
    import pwd

    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return str(os.geteuid())


def parse_hello(line: bytes) -> "tuple[str, str, int, bool]":
    """Root folder, digest and size of the program, and whether nothing may be changed, out of the hello line; everything
    else is for the program to judge."""
    try:
        hello = json.loads(line.decode())
        root, digest, size = hello["root"], hello["program"], hello["programBytes"]
        fits = (
            hello["type"] == "hello"
            and isinstance(root, str)
            and os.path.isabs(root)
            and "\0" not in root
            and re.fullmatch("[0-9a-f]{64}", digest) is not None
            and type(size) is int
            and 0 < size <= LARGEST_PROGRAM
        )
    except (ValueError, KeyError, TypeError):
        fits = False
    if not fits:
        raise Refusal(
            "the first line was not a hello", "Use the same version of Graceful on both sides.", "protocol"
        )
    return root, digest, size, hello.get("dry") is True


def sha256_of(path: str) -> "str | None":
    """Digest of a file, None when there is none that can be read."""
    try:
        with open(path, "rb") as file:
            return hashlib.sha256(file.read()).hexdigest()
    except OSError:
        return None


def receive(digest: str, size: int) -> bytes:
    """Asks the runner for the program and takes it, whole, before anything is written."""
    say({"type": "send-program"})
    content = sys.stdin.buffer.read(size)
    if len(content) < size:
        raise Refusal(
            "the connection ended while the host program was sent ({} of {} bytes)".format(
                len(content), size
            ),
            "Run the command again.",
        )
    if hashlib.sha256(content).hexdigest() != digest:
        raise Refusal(
            "the host program arrived with another SHA-256 than announced and was not kept",
            "Run the command again.",
        )
    return content


def sync_folder(path: str) -> None:
    """Makes renames in a folder durable."""
    folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def give_to_group_of(folder: str, path: str) -> None:
    """The site's group, whatever this user's own is. Who is no member of it is told so by the program, not here."""
    with contextlib.suppress(PermissionError):
        os.lchown(path, -1, os.stat(folder).st_gid)


def install(folder: str, path: str, content: bytes) -> None:
    """Puts the program at its path: there is either the whole of it or nothing, also after a power cut."""
    os.makedirs(folder, 0o755, exist_ok=True)
    temporary = "{}.{}.tmp".format(path, os.getpid())
    try:
        with open(temporary, "wb") as file:
            file.write(content)
            file.flush()
            os.fchmod(file.fileno(), 0o755)
            os.fsync(file.fileno())
        give_to_group_of(folder, temporary)
        os.rename(temporary, path)
    finally:
        if os.path.lexists(temporary):
            os.unlink(temporary)
    sync_folder(folder)


def version_of(path: str) -> "tuple[int, ...]":
    """Version that a zipapp states in graceful/version.py; the lowest one where it cannot be read."""
    import zipfile

    try:
        with zipfile.ZipFile(path) as archive:
            text = archive.read("graceful/version.py").decode()
    except (OSError, KeyError, ValueError, zipfile.BadZipFile):
        return ()
    stated = re.search(r"^VERSION\b[^=\n]*=\s*[\"']([^\"']*)[\"']", text, re.MULTILINE)
    return tuple(int(part) for part in re.findall(r"\d+", stated.group(1))) if stated else ()


def point_link(folder: str, name: str) -> None:
    """Moves `bin/graceful`, which timer and operator run, to this program unless that would be a step back."""
    import fcntl

    link = os.path.join(folder, "graceful")
    if os.path.islink(link) and os.readlink(link) == name:
        return
    # Locked, or two sessions of different versions could both compare first and the older one rename last.
    lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if os.path.lexists(link) and version_of(link) > version_of(os.path.join(folder, name)):
            return
        temporary = "{}.{}.tmp".format(link, os.getpid())
        os.symlink(name, temporary)
        give_to_group_of(folder, temporary)
        os.rename(temporary, link)
        os.fsync(lock)
    finally:
        os.close(lock)


def with_bytecode(path: str) -> bytes:
    """The program at a path as a zip that holds its bytecode for this Python as well; in front stands the zip's digest."""
    import importlib.util
    import io
    import marshal
    import zipfile

    with open(path, "rb") as file:
        archive = io.BytesIO(file.read())
    # Bytecode that is never compared with a source (PEP 552): it comes from the one beside it.
    header = importlib.util.MAGIC_NUMBER + (1).to_bytes(4, "little") + bytes(8)
    with zipfile.ZipFile(archive, "a") as program:
        for name in program.namelist():
            code = compile(program.read(name), os.path.join(path, name), "exec", dont_inherit=True)
            program.writestr(name + "c", header + marshal.dumps(code))
    return hashlib.sha256(archive.getvalue()).hexdigest().encode() + archive.getvalue()


def is_whole(path: str) -> bool:
    """Whether what `with_bytecode` made is there as it was made."""
    try:
        with open(path, "rb") as file:
            return file.read(64) == hashlib.sha256(file.read()).hexdigest().encode()
    except OSError:
        return False


def quick(path: str, dry: bool) -> str:
    """What to import the program from. Compiling it takes longer than all else at a start, so that is done once for each
    Python and kept beside it; where that cannot be, or nothing may be changed, the program itself."""
    compiled = "{}-{}.zip".format(path[: -len(".pyz")], sys.implementation.cache_tag)
    if not is_whole(compiled):
        if dry:
            return path
        try:
            install(os.path.dirname(path), compiled, with_bytecode(path))
        except OSError:
            return path
    return compiled


def explain(error: OSError, root: str) -> Refusal:
    """What a failed write under the root means."""
    where = error.filename if isinstance(error.filename, str) else root
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return Refusal(
            "the disk of {} is full".format(where), "Free space or inodes on the host (df -h, df -i)."
        )
    if error.errno in (errno.EACCES, errno.EPERM):
        return Refusal(
            "user {} may not write {}".format(whoami(), os.path.dirname(where)),
            "Give the site's folder to this user, as docs/host-setup.md, docs/systemd-user.md or docs/supervisord.md says:"
            " chown {} {}".format(whoami(), root),
        )
    if error.errno == errno.EROFS:
        return Refusal(
            "the file system of {} is read-only".format(where), "Mount it writable; look for disk errors."
        )
    return Refusal("{}: {}".format(where, error.strerror), "Look at this path on the host.")


def in_memory(content: bytes) -> str:
    """Path of a program that is on no disk, and gone with this process."""
    handle = os.memfd_create("graceful")
    with open(handle, "wb", closefd=False) as file:
        file.write(content)
    return "/proc/self/fd/{}".format(handle)


def provide(line: bytes) -> str:
    """What to import the program from that the hello asks for: installed when it is not there yet, unless nothing may be
    changed."""
    root, digest, size, dry = parse_hello(line)
    if not os.path.isdir(root):
        raise Refusal(
            "the site's folder {} does not exist on this host".format(root),
            "Set the site up on the host first (docs/host-setup.md; without root docs/systemd-user.md or docs/supervisord.md),"
            " or correct `root` or `host` in graceful.yml.",
        )
    folder = os.path.join(root, "bin")
    name = "graceful-{}.pyz".format(digest[:12])
    path = os.path.join(folder, name)
    try:
        if sha256_of(path) != digest:
            content = receive(digest, size)
            if dry:
                return in_memory(content)
            install(folder, path, content)
        if not dry:
            point_link(folder, name)
    except OSError as error:
        raise explain(error, root) from error
    return quick(path, dry)


def main() -> int:
    """Runs one session; returns its exit code."""
    line = b""
    try:
        check_python()
        line = sys.stdin.buffer.readline(LARGEST_HELLO)
        if line == b"":
            return 0
        program = provide(line)
    except Refusal as refusal:
        say(
            {
                "type": "error",
                "code": refusal.code,
                "message": str(refusal),
                "state": "untouched",
                "next": refusal.next_step,
            }
        )
        return UNUSABLE
    sys.path.insert(0, program)
    from graceful.serve import front

    return int(front.main(line))


if __name__ == "__main__":
    sys.exit(main())
