/** What Graceful is measured against. */
import type { Way } from '../way.ts';
import { ANSIBLE } from './ansible.ts';
import { CAPISTRANO } from './capistrano.ts';
import { FABRIC } from './fabric.ts';
import { RSYNC } from './rsync.ts';
import { RSYNC_LINK_DEST } from './rsync-link-dest.ts';
import { SOCKET_UNIT } from './socket-unit.ts';
import { SSH_RELOAD } from './ssh-reload.ts';
import { SSH_RESTART } from './ssh-restart.ts';
import { TAR_ZST } from './tar-zst.ts';

/** The quickest to set up first. */
export const PEERS: readonly Way[] = [SSH_RESTART, SOCKET_UNIT, SSH_RELOAD, RSYNC, CAPISTRANO, ANSIBLE, FABRIC];

/** Measured where bytes count, beside the others. */
export const SENDERS: readonly Way[] = [RSYNC_LINK_DEST, TAR_ZST];
