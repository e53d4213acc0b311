import { Argument } from '@commander-js/extra-typings';
import { sayRaw } from '../output.ts';
import type { Program } from '../verb.ts';

const shells = ['bash', 'zsh', 'fish'] as const;

export function register(program: Program): void {
  program
    .command('completion')
    .description('print a completion script for a shell')
    .addArgument(new Argument('<shell>', 'the shell').choices(shells))
    .addHelpText(
      'after',
      `
Examples:
  source <(andon completion bash)
  andon completion zsh > "\${fpath[1]}/_andon"
  andon completion fish > ~/.config/fish/completions/andon.fish`,
    )
    .action((shell) => sayRaw(scripts[shell](wordsOf(program))));
}

interface Words {
  readonly verb: string;
  readonly description: string;
  readonly flags: readonly { readonly name: string; readonly description: string }[];
  /** What may follow the verb: its own verbs (`gateway start`). */
  readonly below: readonly string[];
}

/** Every verb with its flags, as the loaded verbs declare them. */
const wordsOf = (program: Program): Words[] =>
  program.commands.flatMap((command) =>
    [command.name(), ...command.aliases()].map((verb) => ({
      verb,
      description: command.description(),
      flags: [...command.options, ...command.commands.flatMap((below) => below.options)].flatMap(
        ({ long, description }) => (long ? [{ name: long, description }] : []),
      ),
      below: command.commands.map((below) => below.name()),
    })),
  );

const offered = ({ flags, below }: Words): string =>
  [...new Set([...below, ...flags.map(({ name }) => name), '--help'])].join(' ');

const bash = (words: readonly Words[]): string => `# andon completion for bash
_andon() {
  local word verb=
  local current=\${COMP_WORDS[COMP_CWORD]}
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case $word in -*) ;; *) verb=$word; break ;; esac
  done
  case $verb in
${words.map((each) => `    ${each.verb}) COMPREPLY=($(compgen -W '${offered(each)}' -- "$current")) ;;`).join('\n')}
    *) COMPREPLY=($(compgen -W '${words.map(({ verb }) => verb).join(' ')} --board --help --version' -- "$current")) ;;
  esac
}
complete -o default -F _andon andon
`;

/** Inside single quotes of a shell; a colon separates in zsh's lists. */
const quoted = (text: string): string => text.replaceAll("'", "'\\''");
const zshText = (text: string): string => quoted(text.replaceAll(':', '\\:'));

const zsh = (words: readonly Words[]): string => `#compdef andon
# andon completion for zsh
_andon() {
  local -a verbs
  verbs=(
${words.map(({ verb, description }) => `    '${verb}:${zshText(description)}'`).join('\n')}
  )
  if (( CURRENT == 2 )); then
    _describe 'verb' verbs
    return
  fi
  case $words[2] in
${words.map((each) => `    ${each.verb}) compadd -- ${offered(each)} ;;`).join('\n')}
  esac
  _files
}
if [ "$funcstack[1]" = _andon ]; then _andon "$@"; else compdef _andon andon; fi
`;

const fish = (words: readonly Words[]): string =>
  [
    '# andon completion for fish',
    ...words.flatMap(({ verb, description, flags, below }) => [
      `complete -c andon -n __fish_use_subcommand -a ${verb} -d '${quoted(description)}'`,
      ...below.map((name) => `complete -c andon -n '__fish_seen_subcommand_from ${verb}' -a ${name}`),
      ...flags.map(
        (flag) =>
          `complete -c andon -n '__fish_seen_subcommand_from ${verb}' -l ${flag.name.slice(2)} -d '${quoted(flag.description)}'`,
      ),
    ]),
    '',
  ].join('\n');

const scripts: Record<(typeof shells)[number], (words: readonly Words[]) => string> = { bash, zsh, fish };
