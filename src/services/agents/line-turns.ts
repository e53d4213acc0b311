import type { World } from '../world.ts';
import type { TalkingDriver } from './conversation.ts';
import type { Driver } from './driver.ts';
import type { AgentEvent } from './events.ts';
import { parsed } from './reader.ts';
import { type Agent, prepare, type Turn, type TurnRequest } from './turn.ts';

/** Agents that tell what they do as lines of JSON on standard output. */

/** One that is given its prompt and then only listened to. */
export const listened = (driver: Driver, skills: string): Agent => ({
  ...driver,
  skills,
  begin: async (world, request) => {
    const turn = await open(world, driver, request, (line) => driver.read(line, world.now()));
    turn.write(driver.launch(request.order).stdin);
    turn.closeInput();
    return {
      ...turn,
      steer: () => false,
      answer: () => {},
      cancel: () => turn.signal(driver.cancel.signal),
    };
  },
});

/** One that is talked to while it works. */
export const talkedTo = (driver: TalkingDriver, skills: string): Agent => ({
  ...driver,
  skills,
  begin: async (world, request) => {
    const conversation = driver.converse(request.order);
    const say = (lines: readonly string[]): void => {
      for (const line of lines) turn.write(line);
    };
    const turn = await open(world, driver, request, (line) => {
      const { events, say: answers } = conversation.hear(line, world.now());
      say(answers);
      // It waits for more to do until its input is closed.
      if (events?.some(({ type }) => type === 'end')) turn.closeInput();
      return events;
    });
    say(conversation.begin());
    return {
      ...turn,
      steer: (text) => {
        say(conversation.steer(text));
        return true;
      },
      answer: (id, allowed) => say(conversation.answer(id, allowed)),
      cancel: () => say(conversation.cancel()),
    };
  },
});

interface OpenTurn extends Pick<Turn, 'kill' | 'ended'> {
  write(text: string): void;
  closeInput(): void;
  signal(signal: 'SIGINT' | 'SIGTERM'): void;
}

async function open(
  world: World,
  driver: Pick<Driver, 'launch' | 'readError' | 'ended'>,
  request: TurnRequest,
  read: (line: unknown) => readonly AgentEvent[] | undefined,
): Promise<OpenTurn> {
  const launch = driver.launch(request.order);
  for (const path of Object.values(launch.leaves)) await world.files.remove(path);
  const { command, env } = await prepare(world, request, launch);
  const tell = (events: readonly AgentEvent[]): void => events.forEach(request.onEvent);
  let errors = '';
  const dialogue = await world.processes.converse({
    command,
    cwd: request.order.cwd,
    env,
    onLine: (line) => {
      if (line.trim() === '') return;
      const events = read(parsed(line));
      if (events === undefined) request.onWords(line);
      else tell(events);
    },
    onErrorLine: (line) => {
      errors = `${errors}${line}\n`.slice(-lastErrors);
      request.onWords(line);
      tell(driver.readError?.(line, world.now()) ?? []);
    },
  });
  const ended = dialogue.ended.then(async ({ code, signal }) => {
    const left: Record<string, string | undefined> = {};
    for (const [name, path] of Object.entries(launch.leaves)) left[name] = await world.files.read(path);
    tell(driver.ended({ code, signal, errors }, left));
  });
  return {
    write: (text) => dialogue.write(text),
    closeInput: () => dialogue.closeInput(),
    signal: (signal) => dialogue.signal(signal),
    kill: () => dialogue.signal('SIGKILL'),
    ended,
  };
}

/** Characters of standard error that are kept to tell how it ended. */
const lastErrors = 100_000;
