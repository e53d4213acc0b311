import { CloseCodes, WebSocketManager, WebSocketShardEvents } from '@discordjs/ws';
import { type GatewayDispatchPayload, GatewayIntentBits } from 'discord-api-types/v10';
import type { World } from '../world.ts';
import type { DiscordApi } from './discord-api.ts';
import type { StreamPlace } from './discord-place.ts';

export interface StreamOptions {
  readonly api: DiscordApi;
  readonly token: string;
  readonly place: StreamPlace;
  readonly signal: AbortSignal;
  readonly came: (event: GatewayDispatchPayload) => void;
  readonly connected: () => void;
}

/** Milliseconds in which a connection must be had, or had again. */
const patience = 30_000;
/** Losses in that time after which the library, which knows no longer pause than half a second, is left alone. */
const mostLosses = 4;
const handshake = 10_000;
/** Longer than our patience: the library forgets where it was in a connection that it gives up itself. */
const firstWord = 40_000;
/** Milliseconds that the far side has to take leave. */
const leave = 2000;

const intents =
  GatewayIntentBits.Guilds |
  GatewayIntentBits.GuildMessages |
  GatewayIntentBits.DirectMessages |
  GatewayIntentBits.MessageContent;

/**
 * Gives the events of Discord's gateway until `signal` fires, and resolves then. The library takes up a connection that Discord
 * ends or that goes dead; this rejects when it is refused, when nobody is there, and when it does not come back.
 */
export function openStream(
  { log, after }: Pick<World, 'log' | 'after'>,
  options: StreamOptions,
): Promise<void> {
  const { api, token, place, signal, came, connected } = options;
  return new Promise((resolve, reject) => {
    let isOver = false;
    let isOpen = false;
    let isUp = false;
    let losses = 0;
    let forget: (() => void) | undefined;
    let tried = place.session()?.sessionId;
    const manager = new WebSocketManager({
      token,
      intents,
      rest: api.rest(),
      shardCount: 1,
      handshakeTimeout: handshake,
      helloTimeout: firstWord,
      // A connection that is over waits here for ever: nothing else keeps the library from opening the next one.
      retrieveSessionInfo: () => (isOver ? new Promise(() => {}) : place.session()),
      updateSessionInfo: (_, session) => {
        if (!isOver) place.update(session);
      },
    });

    // This code leaves the session alive, so that what is said meanwhile comes when we are back.
    const close = async (): Promise<void> => {
      try {
        await manager.destroy({ code: CloseCodes.Resuming });
      } catch (error) {
        log.debug(`Discord was left without a farewell: ${api.wordsOf(error)}`);
      }
    };
    const end = (settle: () => void): void => {
      if (isOver) return;
      isOver = true;
      forget?.();
      signal.removeEventListener('abort', stop);
      // One that is not open yet has no errors that it could be closed without; see `Hello`.
      if (!isOpen) {
        settle();
        return;
      }
      const waited = new Promise<void>((enough) => after(leave, enough));
      void Promise.race([close(), waited]).then(settle);
    };
    const fail = (error: unknown): void => end(() => reject(new Error(explained(api.wordsOf(error)))));
    const stop = (): void => end(resolve);
    const expect = (): void => {
      if (!isOver) forget ??= after(patience, () => fail(`Discord let nobody in for ${patience / 1000} s.`));
    };
    const isThere = (): void => {
      isUp = true;
      forget?.();
      forget = undefined;
      if (!isOver) connected();
    };

    manager.on(WebSocketShardEvents.Hello, () => {
      isOpen = true;
      if (isOver) void close();
    });
    manager.on(WebSocketShardEvents.Ready, ({ session_id }) => {
      if (tried !== undefined && tried !== session_id) {
        log.warn('Discord had given up the connection: what was said there meanwhile was not heard.');
      }
      tried = session_id;
      isThere();
    });
    manager.on(WebSocketShardEvents.Resumed, isThere);
    manager.on(WebSocketShardEvents.Dispatch, (event) => {
      if (!isOver) came(event);
    });
    manager.on(WebSocketShardEvents.Closed, () => {
      const isBroken = !isUp && place.session() !== null;
      isOpen = false;
      isUp = false;
      losses += 1;
      after(patience, () => {
        losses -= 1;
      });
      if (isBroken) fail('Discord broke off before it had let anybody in.');
      else if (losses > mostLosses) fail('Discord breaks off again and again.');
      else expect();
    });
    manager.on(WebSocketShardEvents.SocketError, (error) => {
      isOpen = false;
      fail(error);
    });
    manager.on(WebSocketShardEvents.Error, fail);
    signal.addEventListener('abort', stop);
    expect();
    if (signal.aborted) stop();
    else manager.connect().catch(fail);
  });
}

/** What the library's words ask of the person who reads them. */
function explained(words: string): string {
  if (words === 'Authentication failed')
    return 'Discord does not know this token: make a new one for the bot.';
  if (words === 'Used disallowed intents') {
    return "Discord refuses to show messages: switch on the Message Content Intent on the bot's page.";
  }
  return words;
}
