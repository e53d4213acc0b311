import type { TaskId } from '../../src/domain/ids.ts';
import type { Made } from './maker.ts';
import { plans, type Word } from './plan.ts';

/** What is known of a task from outside the board. */
interface Account extends Made {
  readonly told: Word[];
  /** When its workers were started, by the clock of the machine. */
  readonly starts: number[];
  settledAt: number | undefined;
  purged: boolean;
}

/** What was made, what was told of it, and how often it was started: what the board must agree with in the end. */
export interface Ledger {
  made(one: Made): void;
  /** A message of a task came; `id` is the message's own. */
  told(task: string, word: string, id: string): void;
  started(task: string, at: number): void;
  purged(tasks: readonly TaskId[]): void;
  find(task: string): Account | undefined;
  readonly accounts: () => readonly Account[];
  /** Whole pairs of which everything was told more than so many milliseconds ago, and which are still on the board. */
  settled(age: number): readonly TaskId[];
  open(): number;
  /** Sentences about what is not as it must be. */
  wrongs(): readonly string[];
}

export function createLedger(now: () => number): Ledger {
  const accounts = new Map<string, Account>();
  const messages = new Map<string, string>();
  const early: (() => void)[] = [];
  const wrongs: string[] = [];

  const isWhole = ({ told, kind }: Account): boolean => told.length >= plans[kind].told.length;
  /** What is heard of a task before its maker has said that it made it waits for that. */
  const of = (task: string, act: (account: Account) => void): void => {
    const account = accounts.get(task);
    if (account === undefined) early.push(() => of(task, act));
    else act(account);
  };
  const catchUp = (): void => {
    for (const act of early.splice(0)) act();
  };

  return {
    made: (one) => {
      if (accounts.has(one.id)) wrongs.push(`Task ${one.id} was made twice.`);
      accounts.set(one.id, { ...one, told: [], starts: [], settledAt: undefined, purged: false });
      catchUp();
    },
    told: (task, word, id) =>
      of(task, (account) => {
        const before = messages.get(id);
        if (before !== undefined) wrongs.push(`Message ${id} (${before} of ${task}) came twice.`);
        messages.set(id, word);
        const expected = plans[account.kind].told[account.told.length];
        if (word !== expected)
          wrongs.push(
            `Task ${task} (${account.kind}) was told as ${word} where ${expected ?? 'nothing'} was due.`,
          );
        account.told.push(word as Word);
        if (isWhole(account)) account.settledAt ??= now();
      }),
    started: (task, at) => of(task, ({ starts }) => void starts.push(at)),
    purged: (tasks) => {
      for (const task of tasks)
        of(task, (account) => {
          account.purged = true;
        });
    },
    find: (task) => accounts.get(task),
    accounts: () => [...accounts.values()],
    settled: (age) => {
      const before = now() - age;
      const isOld = ({ settledAt, purged }: Account): boolean =>
        !purged && settledAt !== undefined && settledAt <= before;
      return [...accounts.values()].flatMap((child) => {
        const parent = child.parent === null ? undefined : accounts.get(child.parent);
        return parent !== undefined && isOld(child) && isOld(parent) ? [parent.id, child.id] : [];
      });
    },
    open: () => [...accounts.values()].filter((account) => !isWhole(account)).length,
    wrongs: () => [
      ...wrongs,
      ...(early.length === 0
        ? []
        : [`${early.length} starts or messages were of tasks that nobody has made.`]),
      ...[...accounts.values()].flatMap(({ id, kind, told, starts }) => {
        const { told: due, starts: times } = plans[kind];
        return [
          ...(told.length === due.length
            ? []
            : [`Task ${id} (${kind}) was told ${told.length} times, not ${due.length}.`]),
          ...(starts.length === times
            ? []
            : [`Task ${id} (${kind}) was started ${starts.length} times, not ${times}.`]),
        ];
      }),
    ],
  };
}
