/** What goes to the host before a deploy: questions, and packs of what it lacks. */
import type { Fault } from './greeting.ts';
import type { BuildSpec, HealthSpec, SharedSpec, Times, VerifySpec } from './release.ts';

/** Asked before anything is built: is this what is live already, and what would stand in the way? */
export interface Preflight {
  type: 'preflight';
  deployKey: string;
  /** This deploy's variables, compared on the host with the live release's file; never stored by this request. */
  env: Record<string, string>;
  shared: SharedSpec;
  health: HealthSpec;
  verify: VerifySpec;
  url: string;
  times: Times;
  /** Processes beside web, each with the time that it may take to end. */
  processes: Record<string, number>;
  /** Skips the comparison: the answer is never `unchanged`. */
  force: boolean;
}

export interface Preflighted {
  type: 'preflighted';
  faults: Fault[];
  /** Those of `shared.files` that nobody has brought yet; the folders for them are there. */
  missing: string[];
  /** True when the live release is the same, up, and passed the host's verify just now. */
  unchanged: boolean;
  /** Why not, in words for the log (`env changed: NAME`, `first deploy` ...); never values. */
  reasons: string[];
  /** Null where the host is not ready. */
  live: Live | null;
  /** The trees of what is live but its environment's, for a deploy that would change something. */
  known: KnownTree[];
  /** Visitors get the maintenance page. */
  offline: boolean;
}

/** Of what in a release a tree is. */
export type TreeKind = 'code' | 'static' | 'config' | 'env';

/** A tree of the host's store. */
export interface KnownTree {
  kind: TreeKind;
  digest: string;
  /** The ids of its manifest's pieces (see `piecesOf`), 8 bytes each, joined, base64. */
  pieces: string;
}

/** Which of these Debian packages does the host not have? */
export interface AskPackages {
  type: 'packages';
  names: string[];
  /** Installs the missing ones first, where root has allowed that on the host. */
  install: boolean;
  /** Longest wait for another apt. */
  waitMs: number;
}

export interface PackagesAnswer {
  type: 'packages';
  missing: string[];
}

/**
 * What does the host lack of these trees? They are held against clean-up from here until the release is assembled.
 *
 * Chunks follow, joined and inflated (zlib) records of a JSON line and its bytes: `{"tree":{"digest":D,"base":D|null,"bytes":N}}`
 * + a manifest, in which a line `[first, count]` stands for so many pieces of the base's manifest; `{"end":true}`.
 * A manifest is one JSON array a line, sorted by path: `["file",sha256,bytes,path]`, `["exec",sha256,bytes,path]`,
 * `["link",target,path]`; its digest is the SHA-256 of these bytes.
 */
export interface Want {
  type: 'want';
  trees: string[];
  /** The environment by its hash, and its tree among `trees`, which is not needed where the environment is there. */
  env: { hash: string; digest: string };
}

export interface Lacks {
  type: 'lacks';
  /** The trees that will be known once the pack is there. */
  trees: string[];
  /** Trees whose manifests were not told, or could not be put together: to be told in another `want`. */
  unread: string[];
  /** What those can be told by: the trees of what is live, its environment's among them. Empty where nothing is unread. */
  known: KnownTree[];
  env: boolean;
  /**
   * One bit for every object of `trees`, each once, in their order: set for one that the host lacks. The first is the lowest bit of
   * the first byte; base64.
   */
  objects: string;
}

export type Compression = 'zlib' | 'zstd';

/**
 * Announces the pack of the objects that the last `want` found lacking: the chunks that follow, joined and unpacked, are
 * records `{"object":{"sha256":D,"executable":B,"bytes":N}}` + the content, `{"end":true}`. A pack of whole trees (an artifact, or
 * the answer to `fetch`) begins with `{"tree":{"kind":"code"|"static"|"config"|"env","digest":D,"bytes":N}}` + the manifest, for each.
 */
export interface Pack {
  type: 'pack';
  /** The environment to be made of its tree, with what its folder needs beside the manifest. */
  env: { hash: string; digest: string; python: string; requirements: string } | null;
  /** Of the chunks; the host tells in its facts whether it has zstd. */
  compression: Compression;
}

/** `bytes` raw bytes follow this line; 0 ends the pack. */
export interface Chunk {
  type: 'chunk';
  bytes: number;
}

/** The pack is verified and on disk. */
export interface Received {
  type: 'received';
  objects: number;
}

/** Which migrations does the database have? In a session for `plan`, whose `preflight` and `want` make nothing on the host. */
export interface AskApplied {
  type: 'applied';
}

export interface AppliedAnswer {
  type: 'applied';
  /** `app.name`, as the live release finds them in its default database; null where they cannot be told. */
  migrations: string[] | null;
  /** In words why not. */
  why: string | null;
}

/** What is live here, bit by bit? */
export interface AskLive {
  type: 'live';
}

export interface LiveAnswer extends Live {
  type: 'live';
}

export interface Live {
  release: string | null;
  /** As in `releases`; null where nothing is live. */
  state: string | null;
  /** Null where nothing is live, or what is was made by an older version. */
  build: BuildSpec | null;
}

/** Asks for trees of this site's store, digests by kind, in a session for `fetch`. Answered by `piece`, the last with `more: false`. */
export interface Fetch {
  type: 'fetch';
  trees: Record<string, string>;
}

/** A part of a pack as `pack` has it, base64. */
export interface Piece {
  type: 'piece';
  data: string;
  more: boolean;
}
