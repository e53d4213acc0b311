import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CommandUnknownOpts } from '@commander-js/extra-typings';
import { wholeProgram } from '../src/surfaces/cli/program.ts';

/** Writes `docs/cli.md`: the help of every verb, from the same program that prints it. */

export const pagePath = join(import.meta.dirname, '..', 'docs', 'cli.md');

/** What `--help` prints into a pipe. */
function helpOf(command: CommandUnknownOpts): string {
  let text = '';
  command.configureOutput({
    writeOut: (piece) => {
      text += piece;
    },
    getOutHelpWidth: () => 80,
    getOutHasColors: () => false,
  });
  command.outputHelp();
  return text.replaceAll(/[ \t]+$/gm, '').trim();
}

const block = (text: string): string => `\`\`\`text\n${text}\n\`\`\``;
const nameOf = (command: CommandUnknownOpts): string =>
  command.parent === null ? command.name() : `${nameOf(command.parent)} ${command.name()}`;

function section(command: CommandUnknownOpts, depth: number): string {
  const parts = [`${'#'.repeat(depth)} ${nameOf(command)}`, block(helpOf(command))];
  return [...parts, ...command.commands.map((below) => section(below, depth + 1))].join('\n\n');
}

/** The page, whole. */
export async function page(): Promise<string> {
  const program = await wholeProgram();
  const verbs = program.commands.toSorted((one, other) => (one.name() < other.name() ? -1 : 1));
  const rows = verbs.map((verb) => {
    const names = [verb.name(), ...verb.aliases()].join(', ');
    return `| [${names}](#andon-${verb.name()}) | ${verb.description()} |`;
  });
  return `# The command line

Generated from the program itself by \`npm run docs\`: each block below is what \`--help\` prints. A test fails when they differ.

Exit codes: 0 is done, 1 is refused or failed (of several tasks: at least one), 2 is wrong usage. Errors go to standard error in
one sentence; what \`--json\` prints is indented by two and keeps its characters as they are. A duration is whole seconds or a
number with s, m, h or d. Codes of refusals: [errors.md](errors.md).

${block(helpOf(program))}

| Verb | |
| --- | --- |
${rows.join('\n')}

${verbs.map((verb) => section(verb, 2)).join('\n\n')}
`;
}

if (import.meta.main) writeFileSync(pagePath, await page());
