import { InvalidArgumentError } from '@commander-js/extra-typings';
import { asMillis, type Millis } from '../../domain/ids.ts';

const forms = /^(?:(\d{4})-(\d\d)-(\d\d))?(?:(?<=\d)[ T](?=\d))?(?:(\d\d?):(\d\d)(?::(\d\d))?)?$/;

/**
 * Reads a time of this machine's zone, `14:05`, `2026-11-21`, `2026-11-21 14:05`, or an ISO time with its zone. A clock time
 * without a day is the next one: today, or tomorrow when it is over.
 */
export function moment(text: string, now: Date = new Date()): Millis {
  const given = text.trim();
  const time = local(given, now) ?? zoned(given);
  if (time === undefined) {
    throw new InvalidArgumentError(
      'It must be a time such as 14:05, "2026-11-21 14:05" (both local) or 2026-11-21T14:05:00Z.',
    );
  }
  return asMillis(time.getTime());
}

function local(text: string, now: Date): Date | undefined {
  const match = text === '' ? null : forms.exec(text);
  if (!match) return undefined;
  const [, ...parts] = match;
  const [year, month, day, hour, minute, second] = parts.map((part) =>
    part === undefined ? undefined : Number(part),
  );
  const clock = [hour ?? 0, minute ?? 0, second ?? 0] as const;
  if (year === undefined || month === undefined || day === undefined) {
    const today = new Date(now.getFullYear(), now.getMonth(), now.getDate(), ...clock);
    if (!saysClock(today, clock)) return undefined;
    if (today > now) return today;
    return new Date(now.getFullYear(), now.getMonth(), now.getDate() + 1, ...clock);
  }
  const time = new Date(year, month - 1, day, ...clock);
  // `Date` turns the 30th of February into the 2nd of March.
  return time.getMonth() === month - 1 && time.getDate() === day && saysClock(time, clock) ? time : undefined;
}

/** An hour that a change to summer time skips is moved on by `Date`, and is accepted; `25:00` is not. */
const saysClock = (time: Date, [hour, minute]: readonly [number, number, number]): boolean =>
  hour < 24 && time.getMinutes() === minute;

/** With a zone, or it would be read as one of two zones by its form alone. */
function zoned(text: string): Date | undefined {
  if (!/^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)$/i.test(text)) return undefined;
  const time = new Date(text.replace(' ', 'T'));
  return Number.isNaN(time.getTime()) ? undefined : time;
}
