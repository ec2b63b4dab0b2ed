/** A change of the host program that has to turn the suite red. */
export interface Mutation {
  /** Unique. */
  readonly id: string;
  /** Below `host/`. */
  readonly file: string;
  /** The exact text to change; it stands there once. */
  readonly from: string;
  /** What it becomes. */
  readonly to: string;
  /** What it upholds: an invariant of the design, or that something is on disk in time. */
  readonly upholds: string;
  /** The cases that have to turn red. */
  readonly cases: readonly string[];
}

const DISK = '5: what a record or a link speaks of is on disk';

/** Every sync. */
const SYNCS: readonly Mutation[] = [
  {
    id: 'journal-record',
    file: 'graceful/journal/journal.py',
    from: '            os.fsync(handle)\n',
    to: '',
    upholds: '5: the journal is written and synced before the act',
    cases: ['syncs/deploy'],
  },
  {
    id: 'replaced-link',
    file: 'graceful/site/links.py',
    from: '    os.rename(temporary, path)\n    sync_folder(path.parent)\n',
    to: '    os.rename(temporary, path)\n',
    upholds: DISK,
    cases: ['syncs/deploy'],
  },
  {
    id: 'removed-link',
    file: 'graceful/site/links.py',
    from: '        return\n    sync_folder(path.parent)\n',
    to: '        return\n',
    upholds: DISK,
    cases: ['syncs/abandon'],
  },
  {
    id: 'confirmed-link',
    file: 'graceful/site/links.py',
    from: '                os.rename(ready / name, path)\n                sync_folder(paths.root)\n',
    to: '                os.rename(ready / name, path)\n',
    upholds: DISK,
    cases: ['syncs/deploy'],
  },
  {
    id: 'assets',
    file: 'graceful/release/assets.py',
    from: '    if added:\n        sync_file_system(paths.assets)\n',
    to: '',
    upholds: DISK,
    cases: ['syncs/deploy'],
  },
  {
    id: 'release-content',
    file: 'graceful/release/folder.py',
    from: '    sync_file_system(paths.root)\n',
    to: '',
    upholds: DISK,
    cases: ['syncs/deploy', 'deploy/confirm/power'],
  },
  {
    id: 'release-name',
    file: 'graceful/release/folder.py',
    from: '    sync_folder(paths.releases)\n',
    to: '',
    upholds: DISK,
    cases: ['syncs/deploy'],
  },
  {
    id: 'ready-links',
    file: 'graceful/operation/switching.py',
    from: '        sync_folder(folder / MARKED)\n    sync_folder(folder)\n',
    to: '        sync_folder(folder / MARKED)\n',
    upholds: '4: the way back is ready before SWITCH',
    cases: ['syncs/deploy'],
  },
  {
    id: 'ready-marked-links',
    file: 'graceful/operation/switching.py',
    from: '        sync_folder(folder / MARKED)\n',
    to: '',
    upholds: '4: the way back is ready before SWITCH',
    cases: ['syncs/activate'],
  },
  {
    id: 'switch-socket',
    file: 'graceful/operation/switching.py',
    from: '        sync_folder(sock.parent)\n',
    to: '',
    upholds: DISK,
    cases: ['syncs/restart'],
  },
  {
    id: 'switch',
    file: 'graceful/operation/switching.py',
    from: 'context.paths.candidate, context.paths.current)\n        sync_folder(context.paths.root)\n',
    to: 'context.paths.candidate, context.paths.current)\n',
    upholds: DISK,
    cases: ['syncs/deploy'],
  },
  {
    id: 'switch-back',
    file: 'graceful/operation/switching.py',
    from: '        return False\n    sync_folder(path.parent)\n',
    to: '        return False\n',
    upholds: DISK,
    cases: ['syncs/fall-back'],
  },
  {
    id: 'tree',
    file: 'graceful/store/receive.py',
    from: '        sync_file(temporary)\n',
    to: '',
    upholds: '12: a known tree is a whole tree',
    cases: ['syncs/deploy'],
  },
  {
    id: 'objects',
    file: 'graceful/serve/front.py',
    from: '            sync_file_system(context.paths.store)\n',
    to: '',
    upholds: '12: a known tree is a whole tree',
    cases: ['syncs/deploy'],
  },
  {
    id: 'environment-content',
    file: 'graceful/store/environment.py',
    from: '    sync_file_system(paths.envs)\n    try:\n',
    to: '    try:\n',
    upholds: DISK,
    cases: ['syncs/receive'],
  },
  {
    id: 'environment-name',
    file: 'graceful/store/environment.py',
    from: '        _remove(temporary)\n    sync_file_system(paths.envs)\n',
    to: '        _remove(temporary)\n',
    upholds: DISK,
    cases: ['syncs/receive'],
  },
  {
    id: 'program-content',
    file: 'bootstrap.py',
    from: '            os.fsync(file.fileno())\n',
    to: '',
    upholds: 'the host program is there as a whole, or not at all',
    cases: ['syncs/receive'],
  },
  {
    id: 'program-name',
    file: 'bootstrap.py',
    from: '            os.unlink(temporary)\n    sync_folder(folder)\n',
    to: '            os.unlink(temporary)\n',
    upholds: 'the host program is there as a whole, or not at all',
    cases: ['syncs/receive'],
  },
];

/** Lines that uphold the invariants. */
const INVARIANTS: readonly Mutation[] = [
  {
    id: 'abandoned-candidate',
    file: 'graceful/operation/undo.py',
    from: '    context = transaction.context\n    remove_link(context.paths.candidate)\n    log = log_of',
    to: '    context = transaction.context\n    log = log_of',
    upholds: '1: before SWITCH nothing that a visitor can see changes',
    cases: ['site/redirect'],
  },
  {
    id: 'abandoned-mark',
    file: 'graceful/operation/undo.py',
    from: '        shutil.rmtree(draft, ignore_errors=True)\n    mark_failed(transaction, error)\n',
    to: '        shutil.rmtree(draft, ignore_errors=True)\n',
    upholds: '1: any failure marks the release failed',
    cases: ['site/redirect'],
  },
  {
    id: 'early-retirement',
    file: 'graceful/operation/steps.py',
    from: 'for backend in history.backend_in("standby"):',
    to: 'for backend in history.backend_in("standby", "active"):',
    upholds: '2: the old backend is never stopped before the new one was confirmed',
    cases: ['deploy/check/cancel'],
  },
  {
    id: 'kept-watch',
    file: 'graceful/check/health.py',
    from: 'if not state.up or (self._first is not None and state.incarnation != self._first.incarnation):',
    to: 'if False:',
    upholds: '3: the same process from the first answer to the confirm',
    cases: ['site/killed-after-switch'],
  },
  {
    id: 'good-answers',
    file: 'graceful/check/health.py',
    from: '    good = answer.status in health.status if health.status is not None else 200 <= answer.status < 300\n',
    to: '    good = True\n',
    upholds: '3: answered means good answers',
    cases: ['site/bad-through-nginx'],
  },
  {
    id: 'fall-back',
    file: 'graceful/operation/transact.py',
    from: 'undo = fall_back if transaction.switched else abandon',
    to: 'undo = abandon',
    upholds: '4: after SWITCH a failure falls back, unasked',
    cases: ['site/memory'],
  },
  {
    id: 'lease',
    file: 'graceful/operation/channel.py',
    from: 'if self._lease is not None and time.monotonic() - self._heard > self._lease:',
    to: 'if False:',
    upholds: '4: an expired lease falls back',
    cases: ['deploy/check/runner'],
  },
  {
    id: 'reserve',
    file: 'graceful/operation/switching.py',
    from: '    context.journal.reserve()\n',
    to: '',
    upholds: '4: a full disk cannot stop a fall-back or a confirm',
    cases: ['deploy/switch/disk'],
  },
  {
    id: 'recovery-by-tick',
    file: 'graceful/operation/tick.py',
    from: '            recover(context)\n',
    to: '',
    upholds: '5: timer and boot recover from the journal first',
    cases: ['deploy/switch/crash'],
  },
  {
    id: 'recovery-of-switch',
    file: 'graceful/operation/recover.py',
    from: '    if unfinished.switch is not None:\n',
    to: '    if False:\n',
    upholds: '5: after any death the site serves one whole release',
    cases: ['deploy/switch/kill'],
  },
  {
    id: 'recovery-of-confirm',
    file: 'graceful/operation/recover.py',
    from: '    if unfinished.confirm is not None:\n',
    to: '    if False:\n',
    upholds: '4: after a durable confirm a deploy never falls back',
    cases: ['deploy/confirm/kill'],
  },
  {
    id: 'lock',
    file: 'graceful/site/lock.py',
    from: 'fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)',
    to: 'pass',
    upholds: '6: two operations never interleave on a site',
    cases: ['together/3-deploys'],
  },
  {
    id: 'order',
    file: 'graceful/operation/run.py',
    from: '    if asked.force or asked.ticket is None:\n',
    to: '    if True:\n',
    upholds: '7: a newer deploy is never overtaken by an older one',
    cases: ['late/older-run', 'late/overtaken'],
  },
  {
    id: 'filled-assets',
    file: 'graceful/release/assets.py',
    from: '        os.link(source, target)\n',
    to: '',
    upholds: '9: a page of any release finds its assets',
    cases: ['deploy/prepare/front'],
  },
  {
    id: 'object-digest',
    file: 'graceful/store/receive.py',
    from: '        if hasher.hexdigest() != digest:\n',
    to: '        if False:\n',
    upholds: '12: the store never lies',
    cases: ['stream/wrong-object'],
  },
  {
    id: 'complete-tree',
    file: 'graceful/store/receive.py',
    from: '        _complete(digest, parse_manifest(text), paths)\n',
    to: '        pass\n',
    upholds: '12: a known tree is a whole tree',
    cases: ['stream/missing-object'],
  },
  {
    id: 'safe-path',
    file: 'graceful/store/manifest.py',
    from: '        if not safe_path(path):\n',
    to: '        if False:\n',
    upholds: '12: nothing is written outside',
    cases: ['stream/traversing-path', 'stream/traversing-absolute'],
  },
  {
    id: 'other-file-system',
    file: 'graceful/store/assemble.py',
    from: '(errno.EMLINK, errno.EPERM, errno.EXDEV)',
    to: '(errno.EMLINK, errno.EPERM)',
    upholds: '12: EXDEV becomes a copy',
    cases: ['host/other-file-system'],
  },
];

/** Each turns at least one of its cases red. */
export const MUTATIONS: readonly Mutation[] = [...SYNCS, ...INVARIANTS];
