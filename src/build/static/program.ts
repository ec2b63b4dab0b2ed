/**
 * The Python program that collects static files: it asks Django for its settings under the user's own settings module,
 * puts another STATIC_ROOT in their place before anything reads it, and runs `collectstatic`.
 *
 * argv: the file for its answer (JSON), the folder to collect into, the top folder of the code, and the management commands to run
 * after `collectstatic` (JSON, a list of argument lists). Working folder: the project. Exit status 0 with an answer, 3 with an answer that holds `error`.
 *
 * It notes which files of the code were opened (PEP 578): null where something else was asked too, which may have read any of them.
 */
export const COLLECT_PROGRAM = `from __future__ import annotations

import json
import os
import sys
import traceback

#: What these start, or ask, may read files that are not seen here.
BEYOND = {
    *("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.fork", "os.forkpty"),
    *("socket.connect", "sqlite3.connect"),
}
#: Modules that start processes, and tell nobody.
STARTERS = ("multiprocessing.popen_spawn_posix", "multiprocessing.popen_forkserver")
opened: set[str] = set()
beyond: set[str] = set()


def note(event: str, args: tuple[object, ...]) -> None:
    if event == "open":
        try:
            opened.add(os.path.abspath(os.fsdecode(args[0])))
        except (TypeError, OSError):
            # A file that is open already; a working folder that is gone.
            pass
    elif event in BEYOND:
        beyond.add(event)


def opened_of(top: str) -> list[str] | None:
    if beyond or any(name in sys.modules for name in STARTERS):
        return None
    tops = {top, os.path.realpath(top)}
    inside = {path for path in list(opened) if any(path.startswith(one + os.sep) for one in tops)}
    # By way of a link in the code, it is the file that it leads to.
    inside |= {os.path.realpath(path) for path in inside}
    return sorted({path[len(one) + 1:] for path in inside for one in tops if path.startswith(one + os.sep)})


def tell(**answer: object) -> None:
    with open(sys.argv[1], "w", encoding="utf-8") as file:
        json.dump(answer, file)


def fail(step: str, error: BaseException) -> None:
    place = None
    top = os.path.realpath(sys.argv[3]) + os.sep
    for frame in traceback.extract_tb(error.__traceback__):
        path = os.path.realpath(frame.filename)
        # Not "<frozen os>", which would count as a file of the working folder.
        if os.path.isabs(frame.filename) and path.startswith(top):
            place = {"file": path[len(top):], "line": frame.lineno}
    if isinstance(error, SyntaxError) and error.filename and os.path.realpath(error.filename).startswith(top):
        place = {"file": os.path.realpath(error.filename)[len(top):], "line": error.lineno}
    traceback.print_exception(type(error), error, error.__traceback__)
    kinds = [kind.__name__ for kind in type(error).__mro__]
    tell(error={"step": step, "kinds": kinds, "message": str(error), "place": place})
    sys.stdout.flush()
    sys.exit(3)


def main() -> None:
    folder, top = sys.argv[2:4]
    # As manage.py has it: the project's own folder first, not that of this program.
    sys.path[0] = os.getcwd()
    try:
        import django
        from django.conf import settings

        root, url = settings.STATIC_ROOT, settings.STATIC_URL
        if root:
            settings.STATIC_ROOT = folder
    except Exception as error:
        fail("settings", error)
    try:
        django.setup()
    except Exception as error:
        fail("setup", error)
    from django.apps import apps

    if not apps.is_installed("django.contrib.staticfiles"):
        return tell(state="none")
    if not root:
        return tell(state="unset")
    relative = os.path.relpath(os.path.realpath(os.fspath(root)), os.path.realpath(top))
    if relative == os.curdir or relative.split(os.sep)[0] == os.pardir:
        return tell(state="outside", root=os.fspath(root))
    try:
        from django.contrib.staticfiles.storage import staticfiles_storage
        from django.core.management import call_command

        location = getattr(staticfiles_storage, "location", None)
        if not location:
            staticfiles_storage.url("")
            kind = type(getattr(staticfiles_storage, "_wrapped", staticfiles_storage))
            return tell(state="remote", storage=kind.__module__ + "." + kind.__qualname__)
        if os.path.realpath(os.fspath(location)) != os.path.realpath(folder):
            return tell(state="elsewhere", root=os.fspath(location))
        call_command("collectstatic", interactive=False, verbosity=1)
    except (Exception, SystemExit) as error:
        fail("collectstatic", error)
    for command in json.loads(sys.argv[4]):
        print("manage.py " + " ".join(command), flush=True)
        try:
            call_command(*command)
        except (Exception, SystemExit) as error:
            fail(command[0], error)
    read = opened_of(os.path.abspath(top))
    tell(state="collected", root=relative.replace(os.sep, "/"), url=url, debug=bool(settings.DEBUG), read=read)


sys.addaudithook(note)
main()
`;
