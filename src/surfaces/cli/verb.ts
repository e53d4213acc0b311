import { Command } from '@commander-js/extra-typings';
import { board } from './options.ts';
import { sayRaw, warnRaw } from './output.ts';

/** The program without its verbs: the one global flag, and where its own words go. */
export const newProgram = (version: string, hint: () => string) =>
  new Command('andon')
    .description('A durable task board that runs your agents.')
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .option('--board <slug>', 'work on this board instead of the active one', board)
    .addHelpText('after', example)
    .exitOverride()
    .configureOutput({
      writeOut: sayRaw,
      writeErr: warnRaw,
      outputError: (text, write) => write(`andon: ${usageSentence(text)}; ${hint()}\n`),
    });

export type Program = ReturnType<typeof newProgram>;

/** What a verb's file exports. */
export interface Verb {
  register(program: Program): void;
}

/** Commander's message on one line, without its own prefix and its last full stop. */
const usageSentence = (text: string): string =>
  text
    .replace(/^error: /, '')
    .replaceAll(/\s*\n\s*/g, ' ')
    .trim()
    .replace(/\.$/, '');

const example = `
Start here:
  andon init                                        make the board
  andon create "Fix the login" --assignee alice     put a task on it
  andon gateway start                               run the workers
  andon watch                                       see what happens
  andon why t_1a2b3c4d                              what a task waits for`;
