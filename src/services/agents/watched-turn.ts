import type { Millis } from '../../domain/ids.ts';
import type { World } from '../world.ts';
import type { RunDesk } from './desk.ts';
import type { Permission } from './driver.ts';
import type { AgentEvent, ErrorEvent, LimitEvent } from './events.ts';
import type { Agent, Turn, TurnRequest } from './turn.ts';

/** How one turn of work went. Whether the work is done, only the board knows. */
export interface TurnReport {
  /** Why it could not go on, when that was not its own decision. */
  readonly trouble: Trouble | undefined;
  /** It asked a person something, in its own way. */
  readonly question: string | undefined;
  /** Its last words. */
  readonly said: string;
}

export type Trouble =
  | LimitEvent
  | ErrorEvent
  | { readonly type: 'silence'; readonly seconds: number }
  | { readonly type: 'stopped' };

export interface Watch {
  readonly world: World;
  readonly desk: RunDesk;
  readonly may: Permission;
  /** Seconds in which it has to do something. */
  readonly silence: number;
  /** Told of everything it does. */
  readonly onEvent: (event: AgentEvent) => void;
  /** Calls the listener when the board may have changed; gives the function that ends it. */
  readonly follow: (listener: () => void) => () => void;
  /** Resolves when the runner is told to stop. */
  readonly stopping: Promise<void>;
}

/** How often a turn is looked at, in milliseconds, when nothing happens on the board. */
const look = 5_000;
/** An agent that does something is alive: so often the board is told (contract §5.17). */
const beat = 60_000;
/** How long it may talk on when its task has its answer, and how long it may take to end, in milliseconds. */
const [lastWords, mercy] = [10_000, 10_000];
/** A limit that is lifted later than this is not waited for, in milliseconds. */
const waits = 60_000;

/** Gives an agent one turn and looks after it: answers it, tells it the news, ends it when it has to end. */
export async function runWatched(
  agent: Agent,
  request: Omit<TurnRequest, 'onEvent'>,
  watch: Watch,
): Promise<TurnReport> {
  const { world, desk } = watch;
  let said = '';
  let speaking = false;
  let ended = false;
  let question: string | undefined;
  let trouble: Trouble | undefined;
  /** What it meets and tries again, since it last did something. */
  let hindrance: Trouble | undefined;
  let lastEvent = world.monotonic();
  let lastBeat: Millis | undefined;
  let answeredAt: Millis | undefined;
  const tools = new Set<string>();
  let turn: Turn | undefined;
  let ending: (() => void) | undefined;

  /** Asks it to end, and ends it when it does not. */
  const end = (): void => {
    if (ending !== undefined || turn === undefined) return;
    turn.cancel();
    ending = world.after(mercy, () => turn?.kill());
  };
  const endFor = (why: Trouble): void => {
    trouble ??= why;
    end();
  };

  const hear = (event: AgentEvent): void => {
    if (isRetry(event)) hindrance = event;
    else {
      // To try again and again is not to do something.
      lastEvent = world.monotonic();
      if (isWork(event)) hindrance = undefined;
    }
    watch.onEvent(event);
    // What it says while it goes changes nothing any more.
    if (ended) return;
    switch (event.type) {
      case 'text':
        said = (speaking ? said : '') + event.text;
        break;
      case 'tool':
        if (event.stage === 'started') tools.add(event.id);
        else tools.delete(event.id);
        break;
      case 'session':
        if (event.board === 'failed')
          endFor({
            type: 'error',
            kind: 'board',
            message: 'The tools of the board did not connect.',
            retrying: false,
          });
        break;
      case 'permission':
        if (event.stage === 'asked') turn?.answer(event.id, watch.may === 'everything');
        break;
      case 'question':
        question ??= event.text;
        turn?.answer(event.id, false);
        end();
        break;
      case 'limit':
        if (!event.retrying || (event.resets_at ?? 0) - world.now() > waits) {
          trouble = event;
          end();
        }
        break;
      case 'error':
        if (!event.retrying) trouble = event;
        break;
      case 'end':
        ended = true;
        if (event.reason === 'failed')
          trouble ??= { ...lost, message: 'The agent ended its turn with a failure.' };
        // What it met on its way did not keep it from its end.
        if (event.reason === 'finished' && trouble?.type === 'error' && trouble.kind === 'agent')
          trouble = undefined;
        break;
      case 'thought':
      case 'diff':
      case 'usage':
        break;
    }
    speaking = event.type === 'text';
  };

  const lookAfter = async (): Promise<void> => {
    const now = world.monotonic();
    if (!(await desk.holds())) {
      answeredAt ??= now;
      if (now - answeredAt >= lastWords) end();
      return;
    }
    if (lastEvent > (lastBeat ?? -1) && now - (lastBeat ?? -beat) >= beat) {
      lastBeat = now;
      await desk.heartbeat();
    }
    for (const { author, body } of await desk.news())
      turn?.steer(`A comment of ${author} on your task:\n\n${body}`);
    // A command that takes long is not silence.
    if (tools.size === 0 && now - lastEvent > watch.silence * 1000)
      endFor(hindrance ?? { type: 'silence', seconds: watch.silence });
  };

  turn = await agent.begin(world, { ...request, onEvent: hear });
  void watch.stopping.then(() => endFor({ type: 'stopped' }));
  const endLooks = repeat(world, watch.follow, lookAfter);
  await turn.ended;
  await endLooks();
  ending?.();
  turn.kill();
  if (!ended && ending === undefined) trouble ??= lost;
  return { trouble, question, said: said.trim() };
}

const isRetry = (event: AgentEvent): event is LimitEvent | ErrorEvent =>
  (event.type === 'limit' || event.type === 'error') && event.retrying;

/** Its provider has answered it. */
const isWork = ({ type }: AgentEvent): boolean => ['text', 'thought', 'tool', 'diff'].includes(type);

const lost: ErrorEvent = {
  type: 'error',
  kind: 'agent',
  message: 'The agent ended in the middle of its turn.',
  retrying: false,
};

/** Does `work` at each sign and every few seconds, one at a time; gives the function that ends it. */
function repeat(world: World, follow: Watch['follow'], work: () => Promise<void>): () => Promise<void> {
  let [over, working, again] = [false, Promise.resolve(), false];
  let cancel = (): void => {};
  const once = async (): Promise<void> => {
    cancel();
    again = false;
    try {
      await work();
    } catch (error) {
      world.log.warn('The board could not be asked; it is asked again.', { error });
    }
    if (!over) cancel = world.after(look, start);
  };
  const start = (): void => {
    if (over || again) return;
    again = true;
    working = working.then(once);
  };
  const unfollow = follow(start);
  start();
  return async () => {
    over = true;
    unfollow();
    cancel();
    await working;
    cancel();
  };
}
