import { asMillis, type Millis } from './ids.ts';

/** When a destination wants to be told; what is held back is sent later, never dropped. */
export interface DeliveryPolicy {
  /** IANA name of the zone in which its hours are meant; the machine's own when not said. */
  readonly zone: string | undefined;
  readonly quiet: Hours | undefined;
  /** What happened in each such span comes as one message at its end; spans are counted from midnight. */
  readonly digest_seconds: number | undefined;
  /** Kinds of event that are told at once in spite of both. */
  readonly urgent: readonly string[];
}

/** Minutes of the day; `from` after `to` goes over midnight. */
export interface Hours {
  readonly from: number;
  readonly to: number;
}

const day = 86_400;

/** When a message may go out that was made at `made`. The same for every message of a span, so that they meet. */
export function releaseAt(policy: DeliveryPolicy, kind: string, made: Millis): Millis {
  if (policy.urgent.includes(kind)) return made;
  return afterQuiet(policy, endOfSpan(policy, made));
}

/**
 * When a message that was made at `made` and is due `now` may go out, `now` at the earliest: an attempt that is repeated
 * falls into no quiet hours either.
 */
export function sendableAt(policy: DeliveryPolicy, kind: string, made: Millis, now: Millis): Millis {
  const released = releaseAt(policy, kind, made);
  const awake = releaseAt({ ...policy, digest_seconds: undefined }, kind, now);
  return released > awake ? released : awake;
}

function endOfSpan({ zone, digest_seconds: span }: DeliveryPolicy, at: Millis): Millis {
  if (span === undefined) return at;
  const into = secondsOfDay(at, zone);
  const end = Math.min((Math.floor(into / span) + 1) * span, day);
  return asMillis(wholeSecond(at) + (end - into) * 1000);
}

function afterQuiet({ zone, quiet }: DeliveryPolicy, at: Millis): Millis {
  if (quiet === undefined) return at;
  const into = secondsOfDay(at, zone);
  const [from, to] = [quiet.from * 60, quiet.to * 60];
  const isQuiet = from <= to ? into >= from && into < to : into >= from || into < to;
  return isQuiet ? asMillis(wholeSecond(at) + ((to - into + day) % day) * 1000) : at;
}

const wholeSecond = (at: Millis): number => Math.floor(at / 1000) * 1000;

function secondsOfDay(at: Millis, zone: string | undefined): number {
  const clock = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    hourCycle: 'h23',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  }).formatToParts(at);
  const part = (type: string): number =>
    clock.reduce((sum, each) => (each.type === type ? sum + Number(each.value) : sum), 0);
  return part('hour') * 3600 + part('minute') * 60 + part('second');
}

/** Reads `22:00-07:00`. */
export function parseHours(text: string): Hours | undefined {
  const match = /^(\d\d?):(\d\d)\s*-\s*(\d\d?):(\d\d)$/.exec(text.trim());
  if (!match) return undefined;
  const [hourFrom, minuteFrom, hourTo, minuteTo] = match.slice(1).map(Number);
  const from = minutes(hourFrom, minuteFrom);
  const to = minutes(hourTo, minuteTo);
  return from === undefined || to === undefined || from === to ? undefined : { from, to };
}

const minutes = (hour = 0, minute = 0): number | undefined =>
  hour < 24 && minute < 60 ? hour * 60 + minute : undefined;
