import { type Command, CommandEnd, defineCommand, EXIT } from './core/command.js';

/** By shell, the script that completes commands and options. */
const SCRIPTS: Readonly<Record<string, (rows: string) => string>> = {
  bash: (rows) => `_strongroom() {
  local line="" word at
  for ((at = 1; at < COMP_CWORD; at++)); do
    word="\${COMP_WORDS[at]}"
    [[ "$word" == -* ]] && continue
    case "$line $word" in
${indented(rows, ' line="$line $word"')}
    esac
  done
  local words=""
  case "$line" in
${rows}
  esac
  if [[ "\${COMP_WORDS[COMP_CWORD-1]}" == --*file || "\${COMP_WORDS[COMP_CWORD-1]}" == --config ]]; then
    COMPREPLY=($(compgen -f -- "\${COMP_WORDS[COMP_CWORD]}"))
  else
    COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
  fi
}
complete -o default -F _strongroom strongroom`,
  zsh: (rows) => `#compdef strongroom
autoload -U +X bashcompinit && bashcompinit
${SCRIPTS.bash?.(rows)}`,
};

export const completion = defineCommand({
  name: 'completion',
  summary: 'print the script by which a shell completes commands and options',
  operand: { name: 'shell', description: 'bash or zsh' },
  options: {},
  examples: [
    ['source <(strongroom completion bash)', 'in ~/.bashrc'],
    ['strongroom completion zsh > ~/.zfunc/_strongroom', 'a directory of zsh’s fpath'],
  ],
  exitCodes: {
    done: 'it is printed',
    failed: 'it could not be printed',
    usage: 'wrong usage, or another shell',
  },
  async run(_options, { commands, tell }, shell) {
    const script = SCRIPTS[shell];
    if (!script)
      throw new CommandEnd(EXIT.usage, `there is a script for bash and for zsh, not for ${shell}`);
    const text = script(casesOf(commands));
    tell([text], { shell, script: text });
    return EXIT.done;
  },
});

/** A line of `case` for each beginning of a command: what may follow it. */
function casesOf(commands: readonly Command[]): string {
  const following = new Map<string, Set<string>>();
  const add = (line: string, word: string) => {
    following.set(line, (following.get(line) ?? new Set()).add(word));
  };
  for (const { name, options } of commands) {
    let line = '';
    for (const word of name.split(' ')) {
      add(line, word);
      line += ` ${word}`;
    }
    for (const option of [...Object.keys(options), 'config', 'json', 'help'])
      add(line, `--${option}`);
  }
  for (const option of ['--version', '--help', '--config']) add('', option);
  return [...following]
    .map(([line, words]) => `    "${line}") words="${[...words].join(' ')}" ;;`)
    .join('\n');
}

/** The same patterns, with something else to do. */
function indented(rows: string, then: string): string {
  return rows
    .split('\n')
    .filter((row) => !row.startsWith('    "")'))
    .map((row) => `${row.slice(0, row.indexOf(')') + 1)}${then} ;;`.replace(/^/, '  '))
    .join('\n');
}
