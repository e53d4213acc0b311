import { Command } from '@commander-js/extra-typings';
import { board } from './options.ts';
import { sayRaw, warnRaw } from './output.ts';

/**
 * The program without its verbs: the one global flag, and where its own words go. `hint` says where more is to be read.
 * What only help shows is added by `describe`, because it costs a quick command 1 ms.
 */
export const newProgram = (hint: () => string) =>
  new Command('andon')
    .option('--board <slug>', 'work on this board instead of the active one', board)
    .exitOverride()
    .configureOutput({
      writeOut: sayRaw,
      writeErr: warnRaw,
      outputError: (text, write) => write(`andon: ${usageSentence(text)}; ${hint()}\n`),
    });

export type Program = ReturnType<typeof newProgram>;

export const describe = (program: Program, version: string): Program =>
  program
    .description('A durable task board that runs your agents.')
    .version(version, '-V, --version', 'print the version')
    .addHelpText('after', example);

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
