import { DatabaseError } from 'pg';
import { StoreFault, type StoreFaultCode } from '../store.ts';

/** Where a server is and who asks, as sentences name it: the password is not part of it. */
export interface Address {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
}

export const nameOf = ({ host, port, database }: Address): string =>
  `PostgreSQL at ${host}:${port}/${database}`;

/** How far a piece of work had come when it failed: after a lost connection that decides what is known. */
export type Stage = 'connecting' | 'working' | 'committing';

interface Meaning {
  readonly code: StoreFaultCode;
  readonly sentence: (address: Address) => string;
}

const io = (sentence: Meaning['sentence']): Meaning => ({ code: 'io', sentence });
const unavailable = io(
  (at) => `${nameOf(at)} does not answer: start the server, or correct the store's address.`,
);
const notLetIn = io(
  (at) => `${nameOf(at)} does not let “${at.user}” in: correct the user or password of the store's address.`,
);
const busy: Meaning = {
  code: 'busy',
  sentence: (at) => `${nameOf(at)} is locked by another session: try again.`,
};
const lacksSomething: Meaning = {
  code: 'schema',
  sentence: (at) => `${nameOf(at)} lacks a table or column that this Andon needs: was it changed by hand?`,
};
const damaged: Meaning = {
  code: 'corrupt',
  sentence: (at) => `${nameOf(at)} reports damaged data. Nothing was changed: restore it from a backup.`,
};

/** “Cached plan must not change result type”: what this session has prepared is of no use any more. */
const changedMeanwhile = '0A000';

/** By SQLSTATE, or by its class, the first two characters. */
const meanings: Readonly<Record<string, Meaning>> = {
  '08': unavailable,
  '28': notLetIn,
  '57P03': io((at) => `${nameOf(at)} is starting or stopping: try again in a moment.`),
  '53300': io((at) => `${nameOf(at)} has no connection left: raise max_connections, or close other clients.`),
  '3D000': io((at) => `${nameOf(at)}: there is no such database. Create it, or correct the store's address.`),
  '53': io((at) => `${nameOf(at)} is out of memory or of another resource: try again.`),
  '53100': {
    code: 'full',
    sentence: (at) =>
      `The disk of ${nameOf(at)} is full. Nothing was written: free some space and try again.`,
  },
  '55P03': busy,
  '40': busy,
  '25006': {
    code: 'readonly',
    sentence: (at) => `${nameOf(at)} cannot be written: it is a standby, or was set read-only.`,
  },
  '42501': {
    code: 'readonly',
    sentence: (at) =>
      `${nameOf(at)} does not allow this to “${at.user}”: let it create schemas there, and own what is in them.`,
  },
  '42P01': lacksSomething,
  '42703': lacksSomething,
  '3F000': lacksSomething,
  [changedMeanwhile]: {
    code: 'schema',
    sentence: (at) => `${nameOf(at)}: another Andon has just changed the board's tables. Try again.`,
  },
  '22021': io((at) => `${nameOf(at)} keeps no text with a NUL character: leave it out.`),
  XX001: damaged,
  XX002: damaged,
};

/** What an error of the server, the driver or the system means. An error about the statement itself keeps its words. */
export function toPostgresFault(error: unknown, address: Address, stage: Stage, statement?: string): Error {
  // Thrown by a decoder of ours, which says all that is to be said.
  if (error instanceof StoreFault) return error;
  const cause = error instanceof Error ? error : new Error(String(error));
  if (isLost(cause) && stage !== 'connecting') return lost(cause, address, stage);
  if (!(cause instanceof DatabaseError)) return faultOf(unavailable, address, cause);
  const code = cause.code ?? '';
  const meaning = meanings[code] ?? meanings[code.slice(0, 2)];
  if (meaning !== undefined) return faultOf(meaning, address, cause);
  if (isLost(cause)) return faultOf(unavailable, address, cause);
  return new Error(`${cause.message}${statement === undefined ? '' : `, in: ${statement}`}`, { cause });
}

/** The session is gone: the server ended it, or the driver lost it and says so in words of its own. */
const isLost = (error: unknown): boolean =>
  !(error instanceof StoreFault) &&
  (!(error instanceof DatabaseError) || error.severity === 'FATAL' || error.severity === 'PANIC');

/** The session cannot be used again. */
export const isSpent = (error: unknown): boolean =>
  isLost(error) || (error instanceof DatabaseError && error.code === changedMeanwhile);

const lost = (cause: Error, address: Address, stage: 'working' | 'committing'): StoreFault => {
  const known =
    stage === 'committing'
      ? 'while a change was being committed: whether it was kept is unknown. Look before you repeat it.'
      : 'before anything was committed: nothing was written. Try again.';
  return new StoreFault('io', `The connection to ${nameOf(address)} was lost ${known} (${wordsOf(cause)})`, {
    cause,
  });
};

const faultOf = ({ code, sentence }: Meaning, address: Address, cause: Error): StoreFault =>
  new StoreFault(code, `${sentence(address)} (${wordsOf(cause)})`, { cause });

/** Several failed attempts (one per address of a host) come as one error without words of its own. */
const wordsOf = (error: Error): string =>
  error.message !== '' ? error.message : 'code' in error ? String(error.code) : error.name;
