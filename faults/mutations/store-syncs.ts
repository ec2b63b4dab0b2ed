import type { Mutation } from './mutation.ts';
import { DISK } from './syncs.ts';

/** Every sync of what a runner sends. */
export const STORE_SYNCS: readonly Mutation[] = [
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
    file: 'graceful/serve/session.py',
    from: '            sync_file_system(context.paths.store)\n',
    to: '',
    upholds: '12: a known tree is a whole tree',
    cases: ['syncs/deploy'],
  },
  {
    id: 'kept-object',
    file: 'graceful/store/receive.py',
    from: '    if holds(final, digest):\n',
    to: '    if False:\n',
    upholds: '12: a known tree is a whole tree',
    cases: ['stream/twice'],
  },
  {
    id: 'registered-root',
    file: 'graceful/store/roots.py',
    from: '        sync_file(temporary)\n',
    to: '',
    upholds: '6: clean-up looks at every root registered with the store',
    cases: ['syncs/receive'],
  },
  {
    id: 'registered-root-name',
    file: 'graceful/store/roots.py',
    from: '        sync_folder(folder)\n',
    to: '',
    upholds: '6: clean-up looks at every root registered with the store',
    cases: ['syncs/known'],
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
];
