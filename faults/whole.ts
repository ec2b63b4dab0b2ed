import type { TestHost } from '../testbed/host.ts';
import { MANAGER } from '../testbed/manager.ts';
import type { HostedSite } from '../testbed/site.ts';

/**
 * Looks at every byte that a release consists of: each tree that the store claims to have against the objects it names,
 * and each release that a link names against its trees. And at who runs: nothing of the site's outside its units.
 */
const LOOK = `
import hashlib, json, os, pwd, re, sys
root, site, user = sys.argv[1:]
found = []
def digest_of(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()
try:
    store = json.load(open(f"/etc/graceful/{site}.json")).get("store") or f"{root}/.store"
except FileNotFoundError:
    store = f"{root}/.store"
trees, homes = {}, {}
def names_of(store):
    return [(store, name) for name in os.listdir(f"{store}/trees")] if os.path.isdir(f"{store}/trees") else []
# Where the store was moved, earlier releases have theirs in the one from before.
for store, name in {name: (where, name) for where, name in names_of(f"{root}/.store") + names_of(store)}.values():
    text = open(f"{store}/trees/{name}", "rb").read()
    if hashlib.sha256(text).hexdigest() != name:
        found.append(f"tree {name} is not what its name says ({len(text)} bytes)")
        continue
    trees[name] = [json.loads(line) for line in text.splitlines()]
    homes[name] = store
hashed = {}
for name, entries in trees.items():
    store = homes[name]
    for entry in entries:
        if entry[0] == "link":
            continue
        key = entry[1] + ("x" if entry[0] == "exec" else "")
        path = f"{store}/objects/{key[:2]}/{key}"
        if key not in hashed:
            try:
                hashed[key] = digest_of(path)
            except OSError as error:
                hashed[key] = str(error)
        if hashed[key] != entry[1]:
            found.append(f"tree {name[:12]} claims {entry[-1]}, and its object is {hashed[key][:60]}")
def compare(folder, tree):
    for entry in trees.get(tree, []):
        path = f"{folder}/{entry[-1]}"
        parts = entry[-1].split("/")
        if any(os.path.islink(f"{folder}/{'/'.join(parts[:depth + 1])}") for depth in range(len(parts))):
            continue  # a link of the tree, or shared data in the place of what the source has there
        if entry[0] != "link" and os.path.basename(path) != "graceful.txt":
            try:
                if digest_of(path) != entry[1]:
                    found.append(f"{path} is not what its manifest says ({os.stat(path).st_size} bytes)")
            except OSError as error:
                found.append(str(error))
for link in ("current", "previous", "working", "previous-working"):
    try:
        release = f"{root}/{os.readlink(f'{root}/{link}')}"
    except FileNotFoundError:
        continue
    try:
        told = json.load(open(f"{release}/release.json"))
        for place in ("code", "static"):
            if told["trees"].get(place):
                if told["trees"][place] not in trees:
                    found.append(f"{link}: the store has no tree {place} of it")
                compare(f"{release}/{place}", told["trees"][place])
        json.load(open(f"{release}/env"))
        if open(f"{release}/static/graceful.txt").read().strip() != os.path.basename(release):
            found.append(f"{link}: static/graceful.txt names another release")
        for program in ("bin/web", "bin/manage", "venv/bin/python", "venv/pyvenv.cfg"):
            if os.stat(f"{release}/{program}").st_size == 0:
                found.append(f"{link}: {program} is empty")
    except (OSError, ValueError) as error:
        found.append(f"{link}: {error}")
    try:
        static = json.load(open(f"{release}/static/staticfiles.json"))["paths"].values()
        for path in static:
            if digest_of(f"{root}/assets/{path}") != digest_of(f"{release}/static/{path}"):
                found.append(f"{link}: assets/{path} has other content")
    except (OSError, ValueError) as error:
        found.append(f"{link}: {error}")
if os.path.lexists(f"{root}/candidate"):
    found.append(f"left over: {root}/candidate")
uid = pwd.getpwnam(user).pw_uid
for pid in filter(str.isdigit, os.listdir("/proc")):
    try:
        if os.stat(f"/proc/{pid}").st_uid == uid and not re.search(f"/{site}-[a-z0-9]+@", open(f"/proc/{pid}/cgroup").read()):
            words = open(f"/proc/{pid}/cmdline", "rb").read().replace(b"\\0", b" ").decode(errors="replace")
            found.append(f"left over: process {pid} of {user}: {words[:100]}")
    except (FileNotFoundError, ProcessLookupError):
        pass
print(json.dumps(found[:20]))
`;

/** What is not whole about the releases that links name, and about the store, each in words. */
export async function notWhole(host: TestHost, site: HostedSite): Promise<string[]> {
  const user = MANAGER.siteUser(site.site);
  const found: string[] = JSON.parse(
    await host.must(['python3', '-I', '-', site.root, site.site, user], { input: LOOK }),
  );
  return found;
}
