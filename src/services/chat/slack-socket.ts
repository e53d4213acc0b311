import { SocketModeClient } from '@slack/socket-mode';
import type { WebClientOptions } from '@slack/web-api';
import { z } from 'zod';
import { fired } from './adapter.ts';
import type { SlackEar } from './slack-heard.ts';

/** Milliseconds until a connection stands. */
const patience = 20_000;

type Ack = (answer: Readonly<Record<string, unknown>>) => Promise<void>;
const frame = z.object({
  ack: z.custom<Ack>((given) => typeof given === 'function'),
  type: z.string(),
  body: z.unknown(),
});
const farewell = z.object({ type: z.literal('disconnect'), reason: z.string().optional() });

/**
 * Hears over a socket that this side opens, so that it needs no address that others can reach. Slack ends a connection every
 * few hours and wants another one; whatever else ends it rejects.
 */
export const createSocketEar = (appToken: string, client: WebClientOptions): SlackEar => ({
  hear: async (signal, heard, connected) => {
    while (!signal.aborted) await oneConnection(signal, { appToken, client, heard, connected });
  },
});

interface Connection {
  readonly appToken: string;
  readonly client: WebClientOptions;
  readonly heard: Parameters<SlackEar['hear']>[1];
  readonly connected: () => void;
}

async function oneConnection(
  signal: AbortSignal,
  { appToken, client, heard, connected }: Connection,
): Promise<void> {
  const { logger } = client;
  const socket = new SocketModeClient({
    appToken,
    clientOptions: client,
    autoReconnectEnabled: false,
    ...(logger !== undefined && { logger }),
  });
  const end = Promise.withResolvers<void>();
  // It may end while nobody waits for it.
  end.promise.catch(() => {});
  let refreshed = false;
  // One that was cut off has no words.
  socket.on('error', (error: unknown) =>
    end.reject(error instanceof Error && error.message ? error : lost()),
  );
  socket.on('ws_message', (text: unknown) => {
    const reason = farewellIn(text);
    refreshed ||= reason === 'warning' || reason === 'refresh_requested';
    if (reason !== undefined && !refreshed)
      end.reject(new Error(`Slack has ended the connection (${reason}).`));
  });
  socket.on('disconnected', () => {
    if (refreshed || signal.aborted) end.resolve();
    else end.reject(lost());
  });
  socket.on('slack_event', (given: unknown) => {
    const { ack, type, body } = frame.parse(given);
    // What Slack is not told of it sends again; a connection that is lost is found by itself.
    heard({ type, body })
      .then(ack)
      .catch(() => {});
  });

  const late = AbortSignal.timeout(patience);
  const stopped = new AbortController();
  const over = AbortSignal.any([signal, stopped.signal]);
  try {
    const started = socket.start();
    started.catch((error: unknown) => end.reject(error ?? lost()));
    await Promise.race([started, end.promise, fired(over), fired(late, 'Slack gave no connection in time.')]);
    if (signal.aborted) return;
    connected();
    await Promise.race([end.promise, fired(over)]);
  } finally {
    stopped.abort();
    // Its farewell may take long, and nobody waits for it.
    socket.disconnect().catch(() => {});
  }
}

const lost = (): Error => new Error('The connection to Slack is lost.');

function farewellIn(text: unknown): string | undefined {
  if (typeof text !== 'string' || !text.includes('"disconnect"')) return undefined;
  const found = farewell.safeParse(JSON.parse(text));
  return found.success ? (found.data.reason ?? 'it says no reason') : undefined;
}
