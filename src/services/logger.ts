import type { Log, LogFields } from './world.ts';

const levels = ['debug', 'info', 'warn', 'error'] as const;
type Level = (typeof levels)[number];

/** One JSON line per message, appended to `path`; the folder must exist. Lines are written at once, so that none is lost. */
export async function fileLog(path: string, least: Level = 'info'): Promise<Log> {
  // Only a gateway writes JSON lines; a command that talks to a terminal does not pay for loading this.
  const { pino } = await import('pino');
  const logger = pino(
    { level: least, timestamp: pino.stdTimeFunctions.isoTime, formatters: { level: (level) => ({ level }) } },
    pino.destination({ dest: path, mode: 0o600, sync: true }),
  );
  return byLevel((level, message, fields) => logger[level](presentable(fields), message));
}

/** One plain line per message: time, level when it matters, message, `name=value` for each field. */
export function plainLog(write: (line: string) => void, now: () => number, least: Level = 'info'): Log {
  return byLevel((level, message, fields) => {
    if (levels.indexOf(level) < levels.indexOf(least)) return;
    const time = new Date(now()).toISOString().slice(11, 19);
    const values = Object.entries(presentable(fields)).map(([name, value]) => ` ${name}=${inline(value)}`);
    write(`${time} ${level === 'info' ? '' : `${level}: `}${message}${values.join('')}\n`);
  });
}

const byLevel = (put: (level: Level, message: string, fields: LogFields) => void): Log => ({
  debug: (message, fields = {}) => put('debug', message, fields),
  info: (message, fields = {}) => put('info', message, fields),
  warn: (message, fields = {}) => put('warn', message, fields),
  error: (message, fields = {}) => put('error', message, fields),
});

/** Field names whose values never reach a log. A claim lock and a run's mark let their reader write as that worker. */
const secret = /secret|token|password|authorization|signature|api_?key|^mark$|claim_lock|^env$/i;
const deepest = 6;

/** Fields as plain values: faults as their message, stack and cause; secrets hidden, however deep they lie. */
function presentable(fields: LogFields): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, secret.test(name) ? '[hidden]' : plain(value, 0)]),
  );
}

function plain(value: unknown, depth: number): unknown {
  if (typeof value === 'bigint') return String(value);
  if (typeof value !== 'object' || value === null) return value;
  if (depth === deepest) return '[…]';
  if (value instanceof Error) {
    const { name, message, stack, cause } = value;
    return { name, message, stack, ...(cause === undefined ? {} : { cause: plain(cause, depth + 1) }) };
  }
  if (Array.isArray(value)) return value.map((item) => plain(item, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      name,
      secret.test(name) ? '[hidden]' : plain(inner, depth + 1),
    ]),
  );
}

/** A value on a plain line: a fault by its message alone, a text bare unless it has blanks. */
function inline(value: unknown): string {
  if (typeof value === 'string') return /^[^\s"]+$/.test(value) ? value : JSON.stringify(value);
  if (typeof value === 'object' && value !== null && 'message' in value && 'stack' in value) {
    return JSON.stringify(value.message);
  }
  return JSON.stringify(value) ?? String(value);
}
