import { join } from 'node:path';
import type { Kernel } from '../../kernel/kernel.ts';
import type { Home } from '../home.ts';
import type { Profile } from '../profile.ts';
import type { World } from '../world.ts';
import { boardServer, signOf } from './board-server.ts';
import type { Hired } from './catalogue.ts';
import type { RunDesk } from './desk.ts';
import type { Order } from './driver.ts';
import type { AgentEvent } from './events.ts';
import { printed } from './printed.ts';
import type { RunOrder } from './run-order.ts';
import { rememberSession, type Session } from './session.ts';
import { createTranscript, transcriptFile } from './transcript.ts';
import { createMeter, unspent } from './usage.ts';
import { runWatched, type TurnReport } from './watched-turn.ts';

/** The turns of one run: what the agent does in them is written down, counted and remembered. */
export interface Turns {
  take(prompt: string, resume: string | undefined): Promise<TurnReport>;
  /** The session to go on with; `undefined` when the agent cannot. */
  readonly session: string | undefined;
  /** Whether the board's own server has said, in this run, that it is there. */
  reachesBoard(): Promise<boolean>;
  /** Resolves when all is written down. */
  close(): Promise<void>;
}

export interface TurnsOptions {
  readonly order: RunOrder;
  readonly hired: Hired;
  readonly version: string | null;
  readonly home: Home;
  readonly profile: Profile;
  readonly bin: string;
  readonly desk: RunDesk;
  /** The session that the run takes up. */
  readonly known: Session | undefined;
  readonly hide: (text: string) => string;
  readonly print: (line: string) => void;
  readonly stopping: Promise<void>;
}

export function createTurns(world: World, kernel: Kernel, options: TurnsOptions): Turns {
  const { order, hired, home, profile, desk, hide } = options;
  const { agent, command } = hired;
  const transcript = createTranscript(world, join(order.dir, transcriptFile), hide);
  let meter = createMeter(options.known?.spent ?? unspent);
  let session: string | undefined;
  let model = profile.model;

  const remember = async (): Promise<void> => {
    if (session === undefined) return;
    const { session: spent } = meter;
    await rememberSession(world, order, { id: session, cwd: order.workspace, driver: agent.name, spent });
    await desk.record({ driver: agent.name, version: options.version, session, model, spent: meter.run });
  };
  let recording: Promise<void> = Promise.resolve();
  const record = (): void => {
    recording = recording
      .then(remember)
      .catch((error: unknown) => world.log.warn('What an agent has spent could not be noted.', { error }));
  };

  const hear = (event: AgentEvent): void => {
    transcript.add(event);
    const line = printed(event);
    if (line !== undefined) options.print(hide(line));
    if (event.type === 'usage') meter.take(event);
    if (event.type === 'session') {
      session = event.id ?? session;
      model = event.model ?? model;
    }
    if (event.type === 'session' || event.type === 'usage') record();
  };

  return {
    get session() {
      return agent.abilities.resume ? session : undefined;
    },
    reachesBoard: async () => (await world.files.size(signOf(order))) !== undefined,
    take: async (prompt, resume) => {
      if (resume === undefined) meter = createMeter(unspent);
      else meter.nextProcess();
      const id = uuid(world.random(16));
      session = resume ?? (agent.abilities.chooses_session ? id : undefined);
      const work: Order = {
        home: order.home,
        cwd: order.workspace,
        prompt,
        session: id,
        resume,
        board: boardServer(order, home.env, options.bin),
        may: profile.may,
        model: profile.model,
        provider: order.provider ?? undefined,
      };
      const onWords = (line: string): void => options.print(hide(line));
      const env = Object.fromEntries(
        Object.entries(home.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
      );
      const report = await runWatched(
        agent,
        { order: work, command, env, onWords },
        {
          world,
          desk,
          may: profile.may,
          silence: profile.silence_seconds,
          onEvent: hear,
          follow: (listener) => kernel.follow(order.board, listener),
          stopping: options.stopping,
        },
      );
      record();
      await Promise.all([recording, transcript.flush()]);
      return report;
    },
    close: async () => {
      await Promise.all([recording, transcript.flush()]);
    },
  };
}

/** A random UUID (version 4) of 32 hexadecimal digits. */
const uuid = (hex: string): string =>
  `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
