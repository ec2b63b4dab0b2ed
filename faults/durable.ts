/**
 * What a file system has promised to keep, and no more: a name when its folder was synced, content when its file was, all of
 * it when the whole file system was. ext4 keeps more than that, so that a power cut on it does not show every missing sync.
 */

/** One act of the host program, in order. */
export type Act =
  /** `made`: the file was not there before. */
  | { readonly act: 'write'; readonly path: string; readonly made?: true }
  | { readonly act: 'fsync' | 'unlink' | 'mkdir' | 'symlink'; readonly path: string }
  /** `over`: there was one before. */
  | { readonly act: 'rename' | 'link'; readonly from: string; readonly path: string; readonly over?: true }
  | { readonly act: 'syncfs' | 'run' | 'end' };

/** Where things lie on the host. */
export interface Places {
  readonly root: string;
  readonly store: string;
}

/** The one file among the operations' own that has to last: which assets removed releases still need. */
const KEPT = 'assets';

const folderOf = (path: string): string => path.slice(0, path.lastIndexOf('/'));
const isBelow = (path: string, folder: string): boolean => path === folder || path.startsWith(`${folder}/`);

/** One process's acts, as a file system sees them. */
class Disk {
  readonly #content = new Set<string>();
  readonly #names = new Map<string, string>();
  readonly #places: Places;

  constructor(places: Places) {
    this.#places = places;
  }

  /** @returns what was done although something else was not sure to be on disk yet */
  take(one: Act): string[] {
    switch (one.act) {
      case 'syncfs':
        this.#content.clear();
        this.#names.clear();
        return [];
      case 'fsync':
        this.#content.delete(one.path);
        this.#names.delete(one.path);
        return [];
      case 'run':
        return this.#announced('a program is run');
      case 'end':
        return [...this.#announced('the process ends'), ...this.#standing('the process ends')];
      case 'write':
        if (one.path === this.#journal) {
          const found = [...this.#announced('the next record is written'), ...this.#standing('a record is written')];
          this.#content.add(one.path);
          if (one.made) this.#names.set(folderOf(one.path), one.path);
          return found;
        }
        this.#wrote(one.path);
        return [];
      case 'rename': {
        const found = [
          ...this.#announced(`${one.path} is renamed into place`),
          ...this.#whole(one.from, one.path, one.over === true),
        ];
        this.#named(one.path, one.path === `${this.#places.root}/.op/${KEPT}`);
        return found;
      }
      default: {
        const found = this.#announced(`${one.act} ${one.path}`);
        // What was a temporary name already may come back.
        if (one.act === 'unlink' && one.path.slice(this.#places.root.length).includes('/.')) return found;
        this.#named(one.path, one.act === 'symlink');
        return found;
      }
    }
  }

  get #journal(): string {
    return `${this.#places.root}/journal.jsonl`;
  }

  /** A record is on disk before the act that it announces. */
  #announced(what: string): string[] {
    return this.#content.has(this.#journal) ? [`${what}, and the journal's last record is not synced`] : [];
  }

  /** Everything that a record or an end speaks of is on disk. */
  #standing(what: string): string[] {
    const names = [...this.#names].map(
      ([folder, name]) => `${what}, and the names in ${folder} are not synced (${name})`,
    );
    const content = [...this.#content].filter((path) => path !== this.#journal);
    return [...names, ...content.map((path) => `${what}, and ${path} is not synced`)];
  }

  /** What appears under its final name is whole on disk. */
  #whole(from: string, path: string, over: boolean): string[] {
    const { store, root } = this.#places;
    // A new object may come to nothing: only a tree claims that its objects are whole. One that was there is claimed.
    const needed = (one: string) =>
      isBelow(one, from) || (isBelow(path, `${store}/trees`) && isBelow(one, `${store}/objects`));
    const found = [...this.#content, ...this.#names.keys()].filter(
      (one) => needed(one) && (over || !isBelow(path, `${store}/objects`)),
    );
    for (const one of [...this.#content]) {
      if (!isBelow(one, from)) continue;
      this.#content.delete(one);
      this.#content.add(path + one.slice(from.length));
    }
    for (const [folder, name] of [...this.#names]) {
      if (!isBelow(folder, from)) continue;
      this.#names.delete(folder);
      this.#names.set(path + folder.slice(from.length), name);
    }
    return found.map(
      (one) => `${path.replace(`${root}/`, '')} appears, and ${one.replace(`${root}/`, '')} is not synced`,
    );
  }

  /** What need not outlive a power cut: locks, an operation's tale, half-received objects. */
  #fleeting(path: string): boolean {
    const { root, store } = this.#places;
    return (
      [`${root}/lock`, `${store}/lock`, `${root}/.op`, `${store}/incoming`].some((place) => isBelow(path, place)) ||
      !(isBelow(path, root) || isBelow(path, store))
    );
  }

  #wrote(path: string): void {
    if (this.#fleeting(path)) {
      // On its way in: its content counts as soon as it gets its name.
      const { root, store } = this.#places;
      if (isBelow(path, `${store}/incoming`) || path === `${root}/.op/.${KEPT}`) this.#content.add(path);
      return;
    }
    this.#content.add(path);
    this.#names.set(folderOf(path), path);
  }

  /** @param lasting although it lies where little has to last: a link that is made ready, to be renamed into place later */
  #named(path: string, lasting = false): void {
    // A tree that is lost is asked for again; whoever claims that it is there has synced it by then.
    if (['trees', 'objects'].some((place) => isBelow(path, `${this.#places.store}/${place}`))) return;
    if (!this.#fleeting(path) || lasting) this.#names.set(folderOf(path), path);
  }
}

/** What a process did too early, each once, in words. Pure. */
export function tooEarly(acts: readonly Act[], places: Places): string[] {
  const disk = new Disk(places);
  return [...new Set(acts.flatMap((one) => disk.take(one)))];
}
