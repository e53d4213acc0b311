import { join } from 'node:path';
import { asEventId, type BoardId, type EventId } from '../domain/ids.ts';
import { pipedKinds, pipeLine } from '../domain/pipe-line.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { BoardGuard } from './board-guard.ts';
import type { Elector } from './elector.ts';
import type { Home } from './home.ts';
import { courteously, createLoop, type Loop } from './service.ts';
import { createErrorReport } from './throttle.ts';
import type { World } from './world.ts';

/** A named pipe. `offer` gives false when nobody took the line, and never waits for somebody who might. */
export interface Pipe {
  readonly path: string;
  state(): Promise<'absent' | 'pipe' | 'other'>;
  offer(line: string): Promise<boolean>;
  close(): Promise<void>;
}

/** Where any program reads what happens on the boards of a home (contract §13.2). */
export const pipePath = (home: Pick<Home, 'root'>): string => join(home.root, 'tui_kanban.fifo');

export interface PipeOptions {
  readonly pipe: Pipe;
  /** Of several gateways on a machine one writes. */
  readonly elector: Elector;
  readonly guard: BoardGuard;
  readonly boards: () => Promise<readonly BoardId[]>;
}

const idle = 2 ** 30;
const afterFault = 5000;
const batch = 200;
/** Making a pipe takes a millisecond. */
const patience = 10_000;

/**
 * Writes a line into the home's pipe for each event that programs wait for, after it was committed, whoever committed it.
 * It is a hint and no outbox: without a reader a line is gone, and what happens while no gateway leads is not told. The pipe
 * is made by whoever leads and removed when they stop; one that a killed gateway left is used again, and anything else that
 * stands there is left alone.
 */
export function createPipeService(
  world: World,
  kernel: Pick<Kernel, 'lastEvent' | 'follow' | 'feed'>,
  options: PipeOptions,
): Loop {
  const { pipe, elector, guard } = options;
  const report = createErrorReport(world, world.log);
  const followed = new Map<BoardId, { cursor: EventId; readonly unfollow: () => void }>();
  let made = false;
  let refused = false;

  const make = async (): Promise<boolean> => {
    const { path } = pipe;
    const state = await pipe.state();
    if (state === 'other') {
      if (!refused) world.log.warn('There is something else where the pipe of this home would be.', { path });
      refused = true;
      return false;
    }
    if (state === 'absent') {
      const command = ['mkfifo', '-m', '600', path] as const;
      const { code, err } = await world.processes.run({ command, env: {}, timeout: patience });
      if (code !== 0) throw new Error(err.trim() || `mkfifo ended with ${code ?? 'a signal'}`);
    }
    return true;
  };

  /** From its newest event on. What happens before it is followed wakes nobody, so the feed is asked once in any case. */
  const follow = async (board: BoardId) => {
    const last = await kernel.lastEvent(board, {});
    const cursor = last.ok ? last.value : asEventId(0);
    const known = { cursor, unfollow: kernel.follow(board, later.call) };
    followed.set(board, known);
    return known;
  };

  const tell = async (board: BoardId): Promise<void> => {
    const known = followed.get(board) ?? (await follow(board));
    for (let full = true; full; ) {
      const feed = await kernel.feed(board, { after: known.cursor, limit: batch, kinds: pipedKinds });
      const events = feed.ok ? feed.value : [];
      for (const event of events) {
        const line = pipeLine(board, event);
        if (line !== undefined) await pipe.offer(line);
        known.cursor = event.id;
      }
      full = events.length === batch;
    }
  };

  const forget = (open: readonly BoardId[]): void => {
    for (const [board, { unfollow }] of followed) {
      if (open.includes(board)) continue;
      unfollow();
      followed.delete(board);
    }
  };

  const passes = createLoop(world, async () => {
    if (elector.epoch() === undefined) {
      forget([]);
      made = false;
      return idle;
    }
    try {
      made ||= await make();
      if (!made) return idle;
      const open = await options.boards();
      forget(open);
      for (const board of open) {
        await guard.attend(board, 'What happens on a board could not be told to programs', () => tell(board));
      }
      return idle;
    } catch (error) {
      report('The pipe of this home could not be written', error);
      return afterFault;
    }
  });

  const later = courteously(world, passes.wake);

  return {
    ...passes,
    stop: async () => {
      later.end();
      await passes.stop();
      forget([]);
      await pipe.close();
      if (made && elector.epoch() !== undefined) await world.files.remove(pipe.path);
      made = false;
    },
  };
}
