import { TAKE_BLOCKS } from '../testbed/fill.ts';
import type { TestHost } from '../testbed/host.ts';

const FILLING = '/srv/filling';

/** Takes what is left as an ordinary user: the blocks that a file system keeps for root stay free, as they do on a real host. */
const TAKE = `${TAKE_BLOCKS}
import json, sys
folder, what, journal = sys.argv[1:]
if what == "blocks":
    # The journal's last block is full too: every record to come needs one of its own.
    with open(journal, "r+b") as file:
        last = json.loads(file.read().splitlines()[-1])
        note = {**{name: last[name] for name in ("format", "at")}, "op": "padding", "step": "padding", "text": ""}
        line = json.dumps(note, separators=(",", ":")).encode() + b"\\n"
        room = -(file.tell() + len(line)) % os.statvfs(journal).f_bsize
        file.write(line.replace(b'"text":""', b'"text":"' + b"-" * room + b'"'))
os.makedirs(folder)
os.chmod(folder, 0o777)
os.setgid(65534)
os.setuid(65534)
if what == "inodes":
    count = 0
    try:
        while True:
            os.mknod(f"{folder}/{count}")
            count += 1
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
else:
    take_blocks(os.open(f"{folder}/blocks", os.O_WRONLY | os.O_CREAT))
    # What is left where one more extent of that file does not fit.
    count = 0
    try:
        while True:
            with open(f"{folder}/{count}", "wb") as file:
                file.write(bytes(4096))
                file.flush()
                os.fsync(file.fileno())
            count += 1
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
`;

/** Uses up every byte, or every inode, that the site's file system has left. */
export async function fill(host: TestHost, root: string, what: 'blocks' | 'inodes'): Promise<void> {
  await host.must(['python3', '-I', '-', FILLING, what, `${root}/journal.jsonl`], { input: TAKE });
}

/** The administrator makes room again. */
export async function makeRoom(host: TestHost): Promise<void> {
  await host.must(['rm', '-r', FILLING]);
}
