import { randomBytes } from 'node:crypto';
import { statSync } from 'node:fs';
import { asMillis, asTaskId, type BoardId } from '../../domain/ids.ts';
import { schemaOf } from '../migrate.ts';
import { StoreFault } from '../store.ts';
import { Bell } from './bell.ts';
import { type Ask, discard, draftBeside, makeDraft, type OnStep, publish } from './draft.ts';
import { putMark } from './made-mark.ts';
import { Opening } from './opening.ts';
import { replaceWith } from './replace.ts';

/** Copies of whole boards, as files. For a process of its own: it opens boards beside whatever else has them open. */
export interface Archive {
  /** Copies a board to the new file `to`, which gets its name when it was checked; gives what `ask` says of the copy. */
  backup<T>(board: BoardId, to: string, ask: Ask<T>, onStep: OnStep): Promise<T>;
  /** Gives what `ask` says of a backup when it is brought up to date; it is left as it is. */
  look<T>(board: BoardId, backup: string, ask: Ask<T>): Promise<T>;
  /**
   * Puts a backup in the place of a board, and keeps what was there as `aside`; gives what `ask` says of it. See `replace.ts`
   * for what holds meanwhile. `epochs`: with which each role has been led, as far as the home knows.
   */
  restore<T>(
    board: BoardId,
    backup: string,
    terms: { readonly aside: string; readonly epochs: ReadonlyMap<string, number> },
    ask: Ask<T>,
    onStep: OnStep,
  ): Promise<T>;
}

/** Milliseconds that a lock is waited for. */
const deadline = 10_000;

export function openArchive(options: {
  readonly locate: (board: BoardId) => string;
  readonly allowsNetwork: boolean;
}): Archive {
  const surroundings = {
    now: () => asMillis(Date.now()),
    newId: () => asTaskId(`t_${randomBytes(4).toString('hex')}`),
  };
  const patience = () => {
    const since = performance.now();
    return { since, until: since + deadline, signal: new AbortController().signal };
  };
  const terms = { makesFolder: false, allowsNetwork: options.allowsNetwork };

  /** Copies the database at `path` to `draft`, as `makeDraft` does. */
  async function copy<T>(
    board: BoardId,
    path: string,
    draft: string,
    ask: Ask<T>,
    onStep: OnStep,
  ): Promise<T> {
    const opening = new Opening(path, surroundings, terms);
    if (!opening.isThere()) throw new StoreFault('io', `There is no board at ${path}.`);
    const handle = await opening.openToRead(undefined, patience());
    try {
      return await makeDraft(handle.connection, draft, {
        schema: schemaOf(board),
        surroundings,
        ask,
        onStep,
      });
    } finally {
      opening.close(handle);
    }
  }

  return {
    backup: async (board, to, ask, onStep) => {
      const draft = draftBeside(to);
      const said = await copy(board, options.locate(board), draft, ask, onStep);
      publish(draft, to);
      return said;
    },
    look: async (board, backup, ask) => {
      const draft = draftBeside(options.locate(board));
      try {
        return await copy(board, backup, draft, ask, () => {});
      } finally {
        discard(draft);
      }
    },
    restore: async (board, backup, { aside, epochs }, ask, onStep) => {
      const path = options.locate(board);
      const [draft, replacing] = [draftBeside(path), { aside, epochs, patience: patience(), onStep }];
      if (isSame(path, backup)) throw new StoreFault('io', `${backup} is the board itself.`);
      try {
        const said = await copy(board, backup, draft, ask, onStep);
        await replaceWith(draft, path, replacing);
        putMark(path, surroundings.now());
        return said;
      } finally {
        discard(draft);
        const bell = new Bell(path);
        bell.ring();
        bell.close();
      }
    },
  };
}

/** Whether two paths lead to one file. */
function isSame(one: string, other: string): boolean {
  const [first, second] = [one, other].map((path) => statSync(path, { throwIfNoEntry: false }));
  return first !== undefined && first.ino === second?.ino && first.dev === second.dev;
}
