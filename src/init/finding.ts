/** What `graceful init` says of one thing. */
export interface Finding {
  /** `found`: it stands in the project. `guessed`: somebody has to look. `missing`: somebody has to do something. */
  mark: 'found' | 'guessed' | 'missing';
  /** What it is about: `django.settings`, `celery`. */
  what: string;
  value: string;
  /** Where it stands, what the guess is made from, or what to do. */
  why: string;
}

/** One line of `graceful.yml` with who says so; its own finding may say more than the line. */
export interface Entry {
  key: string;
  /** As data: it is written in YAML's flow style. */
  value: unknown;
  mark: 'found' | 'guessed';
  why: string;
}

/** Everything that the files are made of. */
export interface Project {
  /** Lines of the common part, in order. */
  common: Entry[];
  /** Stages by name, in the order of the way of a change through them. */
  stages: { name: string; entries: Entry[] }[];
  /** Variables that the settings want and that are secrets of the repository. */
  secrets: string[];
  /** `3.12`, for the runner. */
  python: string;
  /** What is told besides what stands in the files. */
  others: Finding[];
}

export const found = (key: string, value: unknown, why: string): Entry => ({ key, value, mark: 'found', why });
export const guess = (key: string, value: unknown, why: string): Entry => ({ key, value, mark: 'guessed', why });
export const lacking = (what: string, why: string): Finding => ({ mark: 'missing', what, value: '', why });
