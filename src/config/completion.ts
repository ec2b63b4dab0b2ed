/** Scripts that let a shell complete `graceful`, made of the grammar of its command line. All pure. */
import type { Command, Option } from 'commander';
import { quoted } from '../quoted.ts';

/** Shells that there are scripts for. */
export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/** The script for one of them. */
export function completion(shell: Shell, program: Command): string {
  const commands = program.commands.map((command) => ({
    name: command.name(),
    about: command.description(),
    options: [...command.options, ...HELP].map(described),
    words: command.registeredArguments.flatMap(({ argChoices }) => argChoices ?? []),
  }));
  return { bash, zsh, fish }[shell](commands);
}

interface Completed {
  name: string;
  about: string;
  options: { long: string; about: string; takes: 'nothing' | 'something' | 'file' | 'folder' }[];
  /** What may be its arguments. */
  words: readonly string[];
}

const HELP: Pick<Option, 'long' | 'description' | 'flags' | 'required'>[] = [
  { long: '--help', description: 'show what the command takes', flags: '--help', required: false },
];

function described({ long, description, flags, required }: (typeof HELP)[number]): Completed['options'][number] {
  const kind = /<(file|folder)>/.exec(flags)?.[1];
  const takes = kind === 'file' || kind === 'folder' ? kind : required ? 'something' : 'nothing';
  return { long: long ?? '', about: description, takes };
}

function bash(commands: readonly Completed[]): string {
  const taking = (kind: string) => [
    ...new Set(
      commands.flatMap(({ options }) => options.filter(({ takes }) => takes === kind).map(({ long }) => long)),
    ),
  ];
  const cases = commands.map(({ name, options, words }) => {
    const offers = [...words, ...options.map(({ long }) => long)].join(' ');
    return `    ${name}) offers=${quoted(offers)} ;;`;
  });
  return `# Completion of graceful for bash. In ~/.bashrc: source <(graceful completion bash)
_graceful() {
  local word=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD - 1]} command=\${COMP_WORDS[1]} offers
  COMPREPLY=()
  case $before in
    ${taking('file').join(' | ')})
      compopt -o filenames 2>/dev/null
      mapfile -t COMPREPLY < <(compgen -f -- "$word")
      return ;;
    ${taking('folder').join(' | ')})
      compopt -o filenames 2>/dev/null
      mapfile -t COMPREPLY < <(compgen -d -- "$word")
      return ;;
    ${taking('something').join(' | ')}) return ;;
  esac
  ((COMP_CWORD == 1)) && command=
  case $command in
    '') offers=${quoted([...commands.map(({ name }) => name), '--help', '--version'].join(' '))} ;;
${cases.join('\n')}
    *) return ;;
  esac
  mapfile -t COMPREPLY < <(compgen -W "$offers" -- "$word")
}
complete -F _graceful graceful
`;
}

function zsh(commands: readonly Completed[]): string {
  const plain = (text: string) => text.replace(/[[\]:\\]/g, '\\$&');
  const actions = { nothing: '', something: ':value: ', file: ':file:_files', folder: ':folder:_files -/' };
  const cases = commands.map(({ name, options, words }) => {
    const specs = [
      ...options.map(({ long, about, takes }) => `${long}[${plain(about)}]${actions[takes]}`),
      ...(words.length === 0 ? ['*: : '] : [`1: :(${words.join(' ')})`]),
    ];
    return `    ${name}) _arguments ${specs.map(quoted).join(' ')} ;;`;
  });
  return `#compdef graceful
# Completion of graceful for zsh. In ~/.zshrc, after compinit: source <(graceful completion zsh)
_graceful() {
  local -a commands
  commands=(${commands.map(({ name, about }) => quoted(`${name}:${plain(about)}`)).join(' ')})
  if ((CURRENT == 2)); then
    _describe command commands
    return
  fi
  shift words
  ((CURRENT--))
  case $words[1] in
${cases.join('\n')}
  esac
}
if [[ $funcstack[1] == _graceful ]]; then _graceful "$@"; else compdef _graceful graceful; fi
`;
}

function fish(commands: readonly Completed[]): string {
  const word = (text: string) => `'${text.replace(/[\\']/g, '\\$&')}'`;
  const takes = { nothing: '', something: ' -x', file: ' -r -F', folder: " -x -a '(__fish_complete_directories)'" };
  const lines = commands.flatMap(({ name, about, options, words }) => {
    const after = `complete -c graceful -n '__fish_seen_subcommand_from ${name}'`;
    return [
      `complete -c graceful -n __fish_use_subcommand -a ${name} -d ${word(about)}`,
      ...words.map((one) => `${after} -a ${one}`),
      ...options.map((option) => `${after} -l ${option.long.slice(2)}${takes[option.takes]} -d ${word(option.about)}`),
    ];
  });
  return `# Completion of graceful for fish: graceful completion fish > ~/.config/fish/completions/graceful.fish
complete -c graceful -f
complete -c graceful -n __fish_use_subcommand -l help -d 'show the commands'
complete -c graceful -n __fish_use_subcommand -l version -d 'print the version'
${lines.join('\n')}
`;
}
