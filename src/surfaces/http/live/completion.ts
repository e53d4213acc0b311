import { stripVTControlCharacters } from 'node:util';
import type { BoardId, RunId } from '../../../domain/ids.ts';
import type { RunView } from '../../../domain/view.ts';
import type { Kernel } from '../../../kernel/kernel.ts';
import type { Hub } from './hub.ts';
import { pulledStream, sseComment, sseText } from './sse.ts';

/**
 * The end of one run, as it comes (contract §13.3): `run.completed`, `run.failed` or `run.cancelled` when it has its answer,
 * `process.completed` when its processes are gone, and the stream ends. Only this delivery counts as having told of the end,
 * and only once the client has taken it; asking for the run never does.
 */

const patience = 1000;

/** Which word an outcome is told by; whatever is not here has failed. */
const words: Readonly<Record<string, 'run.completed' | 'run.cancelled'>> = {
  completed: 'run.completed',
  blocked: 'run.completed',
  scheduled: 'run.completed',
  review_requested: 'run.completed',
  changes_requested: 'run.completed',
  dependency_wait: 'run.completed',
  reclaimed: 'run.cancelled',
};

export interface CompletionOptions {
  readonly board: BoardId;
  readonly run_id: RunId;
  /** The end of what the run's worker printed, its command, and the session that made its task. */
  readonly about: (run: RunView) => Promise<{
    readonly output: string;
    readonly command: string | null;
    readonly session_id: string | null;
  }>;
  readonly after: (delay: number, callback: () => void) => () => void;
  readonly now: () => number;
  readonly onEnd: () => void;
}

/** A stream, or `undefined` when there is no such run and none appears within a second. */
export async function completionStream(
  hub: Hub,
  kernel: Kernel,
  options: CompletionOptions,
): Promise<Response | undefined> {
  const { board, run_id } = options;
  let wake = (): void => {};
  let beaten = false;
  let over = false;
  const { leave } = await hub
    .join(board, () => wake())
    .catch((error: unknown) => {
      options.onEnd();
      throw error;
    });
  const quits = [
    leave,
    hub.onBeat(() => {
      beaten = true;
      wake();
    }),
    hub.onEnd(() => {
      over = true;
      wake();
    }),
    options.onEnd,
  ];
  const quit = (): void => {
    over = true;
    for (const each of quits.splice(0)) each();
    wake();
  };
  const look = async (): Promise<RunView | undefined> => {
    const found = await kernel.run(board, { run_id });
    return found.ok ? found.value : undefined;
  };

  const news = (): Promise<void> =>
    new Promise((resolve) => {
      wake = resolve;
    });
  const appears = async (): Promise<boolean> => {
    let late = false;
    const cancel = options.after(patience, () => {
      late = true;
      wake();
    });
    try {
      for (;;) {
        const changed = news();
        if ((await look()) !== undefined) return true;
        if (late || over) return false;
        await changed;
      }
    } finally {
      cancel();
    }
  };
  try {
    if (!(await appears())) {
      quit();
      return undefined;
    }
  } catch (error) {
    quit();
    throw error;
  }

  let saidEnd = false;
  let toldProcess = false;
  let handedOver = false;
  return pulledStream(async () => {
    // The client has taken the piece before this one.
    if (handedOver) await kernel.tellRun(board, { run_id });
    handedOver = false;
    for (;;) {
      const changed = news();
      const run = over ? undefined : await look();
      if (run === undefined) return undefined;
      if (run.ended_at !== null && !saidEnd) {
        saidEnd = true;
        return `${sseText({ event: words[run.outcome ?? ''] ?? 'run.failed', data: endOf(run) })}\n\n`;
      }
      const isGone = (run.process?.gone_at ?? run.process?.abandoned_at ?? null) !== null;
      if (isGone && run.process?.told_at === null && !toldProcess) {
        toldProcess = true;
        handedOver = true;
        const data = await processEnd(run, options);
        return `${sseText({ event: 'process.completed', data })}\n\n`;
      }
      if (saidEnd && (run.process === null || isGone)) {
        over = true;
        return sseComment('end');
      }
      if (beaten) {
        beaten = false;
        return sseComment('alive');
      }
      await changed;
    }
  }, quit);
}

const endOf = ({ id, task_id, outcome, summary, error, ended_at }: RunView) => ({
  run_id: id,
  task_id,
  outcome,
  summary,
  error,
  timestamp: ended_at,
});

const longestOutput = 2000;

async function processEnd(run: RunView, options: CompletionOptions) {
  const { output, command, session_id } = await options.about(run);
  return {
    session_key: `${options.board}:${run.id}`,
    timestamp: options.now() / 1000,
    session_id,
    command,
    exit_code: run.process?.exit_code ?? null,
    output: stripVTControlCharacters(output).slice(-longestOutput),
  };
}
