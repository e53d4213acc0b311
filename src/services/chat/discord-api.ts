import { DiscordAPIError, HTTPError, RateLimitError, REST } from '@discordjs/rest';
import type { Sent } from '../channel.ts';

export interface DiscordApi {
  /** The library's client with the token in it, which it forgets once Discord has refused it. */
  rest(): REST;
  /** What went wrong, in words without the token. */
  wordsOf(error: unknown): string;
  /** What a failure means for a message. */
  judge(error: unknown): Sent;
}

/** Milliseconds for one answer. */
const patience = 15_000;
const hostedRoot = 'https://discord.com/api';

/** Discord's REST API, version 10. It never waits and never repeats by itself: whoever asked decides that. */
export function openApi(token: string, root = hostedRoot): DiscordApi {
  const rest = new REST({
    api: root.replace(/\/+$/, ''),
    version: '10',
    retries: 0,
    offset: 0,
    timeout: patience,
    rejectOnRateLimit: () => true,
  });
  const wordsOf = (error: unknown): string => wordsIn(error).replaceAll(token, '…');
  return {
    rest: () => rest.setToken(token),
    wordsOf,
    judge: (error) => {
      const failure = { ok: false, error: wordsOf(error), final: isFinal(error) } as const;
      if (!(error instanceof RateLimitError)) return failure;
      return { ...failure, retryAfter: Math.max(error.retryAfter, error.timeToReset, 0) };
    },
  };
}

/** Whether what was asked for is not there, or not any more. */
export const isGone = (error: unknown): boolean => error instanceof DiscordAPIError && error.status === 404;

/** A refusal that no repetition changes: the channel is gone, or the bot is not wanted there. */
const isFinal = (error: unknown): boolean =>
  error instanceof DiscordAPIError && [400, 403, 404, 413].includes(error.status);

function wordsIn(error: unknown): string {
  if (error instanceof RateLimitError) return 'Discord answered 429: too many messages for now.';
  if (error instanceof DiscordAPIError) return `Discord answered ${error.status}: ${error.message}`;
  if (error instanceof HTTPError) return `Discord answered ${error.status}.`;
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'AbortError') return `Discord did not answer within ${patience / 1000} s.`;
  return error.cause instanceof Error ? error.cause.message : error.message;
}
