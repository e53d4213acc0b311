import type { RawFile } from '@discordjs/rest';
import { type GatewayDispatchPayload, Routes } from 'discord-api-types/v10';
import { z } from 'zod';
import type { Place } from '../../domain/place.ts';
import { hashOf } from '../secret.ts';
import type { World } from '../world.ts';
import { createTurns } from './adapter.ts';
import { createAnswers } from './discord-answers.ts';
import { openApi } from './discord-api.ts';
import { openPlace, type StreamPlace } from './discord-place.ts';
import { hearingOf, registrations } from './discord-said.ts';
import { openStream } from './discord-stream.ts';
import { bodyOf, discord, nobody } from './discord-words.ts';
import type { Journal, Kept } from './journal.ts';
import type { ChatFile, ChatPlatform } from './platform.ts';

export interface DiscordOptions {
  readonly token: string;
  /** Another server of the same API, up to and without the version. */
  readonly api_root: string | undefined;
  /** Of the platform's own. */
  readonly folder: string;
  readonly journal: Journal;
}

/** Files of one message, and bytes of one message; a server that pays takes larger ones. */
const mostFiles = 10;
const mostBytes = 10 * 1024 * 1024;

/** Things whose repetition is known by their ids. */
const mostRecent = 1000;

const applicationSchema = z.object({ id: z.string(), bot: z.object({ id: z.string() }).optional() });

/**
 * Discord's REST API and gateway, by a connection from here: it needs no address that others can reach. A thread is a channel of
 * its own there.
 */
export function createDiscord(
  world: Pick<World, 'after' | 'download' | 'files' | 'log'>,
  { token, api_root, folder, journal }: DiscordOptions,
): ChatPlatform {
  const api = openApi(token, api_root);
  const answers = createAnswers(api);
  const turns = createTurns();
  let place: Promise<StreamPlace> | undefined;
  let isRegistered = false;
  /** What was left in the journal may come again too. */
  const recent = new Set<string>();

  /** People can write `!kanban` all the same, so nothing waits for this. */
  const register = async (application: string): Promise<void> => {
    if (isRegistered) return;
    try {
      // One by one: others that the application has stay.
      for (const body of registrations) {
        await api.rest().post(Routes.applicationCommands(application), { body });
      }
      isRegistered = true;
    } catch (error) {
      world.log.warn(`The commands /kanban and /loop could not be registered: ${api.wordsOf(error)}`);
    }
  };

  // What failed stays in the journal, and is done when the gateway starts anew.
  const untold = (error: unknown): void =>
    world.log.error(`What was said in Discord could not be done: ${api.wordsOf(error)}`);
  const unkept = (error: unknown): undefined =>
    void world.log.error(`What was said in Discord is not safe from a crash: ${String(error)}`);

  return {
    name: discord,
    listen: async (signal, heard, connected) => {
      place ??= openPlace(world, folder, `${api_root ?? ''} ${token}`);
      const stream = await place;
      const asked = api.rest().get(Routes.currentApplication(), { signal });
      const application = await asked.then(applicationSchema.parse).catch((error: unknown) => {
        if (signal.aborted) return undefined;
        throw new Error(api.wordsOf(error));
      });
      if (application === undefined) return;
      const ear = {
        api,
        answers,
        download: world.download,
        me: application.bot?.id ?? application.id,
        isKnown: (id: string) => recent.has(id),
      };
      const take = (event: GatewayDispatchPayload, keep: () => Promise<Kept | undefined>): boolean => {
        const hearing = hearingOf(event, ear);
        if (hearing === undefined) return false;
        recent.add(hearing.id);
        const [oldest = ''] = recent;
        if (recent.size > mostRecent) recent.delete(oldest);
        const kept = keep();
        const work = async (): Promise<void> => {
          const entry = await kept;
          const said = await hearing.said();
          if (said !== undefined) await heard(said);
          await hearing.after?.();
          await entry?.forget();
        };
        turns.take(hearing.chat, work).catch(untold);
        return true;
      };
      const came = (event: GatewayDispatchPayload): void => {
        const passed = stream.came(event.s);
        const keep = () => journal.keep(JSON.stringify(event)).catch(unkept).finally(passed);
        if (!take(event, keep)) passed();
      };
      for (const kept of await journal.left()) {
        if (!take(JSON.parse(kept.text), async () => kept)) await kept.forget();
      }
      void register(application.id);
      await openStream(world, { api, token, place: stream, signal, came, connected });
      await turns.ended();
      await stream.kept();
    },
    send: async (to, message) => {
      try {
        const body = bodyOf(message);
        if (message.answers !== undefined && (await answers.fill(message.answers, body))) return { ok: true };
        const channel = channelOf(to);
        const once = message.key === undefined ? {} : onceBody(channel, message.key);
        await api.rest().post(Routes.channelMessages(channel), { body: { ...body, ...once } });
        return { ok: true };
      } catch (error) {
        return api.judge(error);
      }
    },
    sendFiles: async (to, files) => {
      const failed: string[] = [];
      for (const batch of batchesOf(files)) {
        const rest = api.rest();
        const names = batch.map(({ name }) => name).join(', ');
        const options = { body: nobody, files: batch.map(rawOf) };
        await rest
          .post(Routes.channelMessages(channelOf(to)), options)
          .catch((error: unknown) => failed.push(`${names}: ${api.wordsOf(error)}`));
      }
      if (failed.length > 0) throw new Error(failed.join(' '));
    },
  };
}

/** For some minutes Discord shows one message of this name, so that one whose answer was lost does not come twice. */
const onceBody = (channel: string, key: string) => ({
  nonce: hashOf(`${channel} ${key}`).slice(0, 25),
  enforce_nonce: true,
});

const channelOf = ({ chat_id, thread_id }: Place): string => (thread_id === '' ? chat_id : thread_id);

const rawOf = ({ name, bytes }: ChatFile): RawFile => ({ name, data: bytes });

/** As many files as one message takes; a larger one is tried alone. */
function batchesOf(files: readonly ChatFile[]): ChatFile[][] {
  const batches: ChatFile[][] = [];
  let room = 0;
  for (const file of files) {
    const last = batches.at(-1);
    room -= file.bytes.length;
    if (last !== undefined && last.length < mostFiles && room >= 0) last.push(file);
    else {
      batches.push([file]);
      room = mostBytes - file.bytes.length;
    }
  }
  return batches;
}
