import { asSeconds, type Seconds } from './ids.ts';

const unitSeconds = { s: 1, m: 60, h: 3600, d: 86_400 } as const;

/** Reads `90`, `90s`, `15m`, `2h`, `1d` as whole seconds above zero, or gives `undefined` (contract §8.1). */
export function parseDuration(text: string): Seconds | undefined {
  const match = /^(\d+)\s*([smhd]?)$/.exec(text.trim().toLowerCase());
  if (!match) return undefined;
  const [, digits = '', letter = ''] = match;
  const unit = letter === 'm' || letter === 'h' || letter === 'd' ? unitSeconds[letter] : unitSeconds.s;
  const seconds = Number(digits) * unit;
  return seconds > 0 && Number.isSafeInteger(seconds) ? asSeconds(seconds) : undefined;
}

/** The two largest units of a length of time: `850 ms`, `42 s`, `3m 15s`, `1h 23m`, `2d 4h`. */
export function formatDuration(milliseconds: number): string {
  if (Math.round(milliseconds) < 1000) return `${Math.round(milliseconds)} ms`;
  const total = Math.round(milliseconds / 1000);
  if (total < 60) return `${total} s`;
  const parts: [number, string][] = [
    [Math.floor(total / unitSeconds.d), 'd'],
    [Math.floor((total % unitSeconds.d) / unitSeconds.h), 'h'],
    [Math.floor((total % unitSeconds.h) / unitSeconds.m), 'm'],
    [total % unitSeconds.m, 's'],
  ];
  const first = parts.findIndex(([amount]) => amount > 0);
  return parts
    .slice(first, first + 2)
    .filter(([amount]) => amount > 0)
    .map(([amount, unit]) => `${amount}${unit}`)
    .join(' ');
}
