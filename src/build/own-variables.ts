/** Variables of the job that are Graceful's own: the deploy key among them, and what the runner lends to an Action. */
const OWN = /^(?:INPUT_|GRACEFUL_|ACTIONS_)/;

/**
 * Whether a variable is Graceful's own: code of strangers (a package that is built, a hook) never sees it. At a terminal and in other CI systems
 * the key comes by `GRACEFUL_SSH_KEY`. Pure.
 */
export function isOwn(name: string): boolean {
  return OWN.test(name);
}
