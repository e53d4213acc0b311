import { createHash } from 'node:crypto';
import {
  closeSync,
  copyFileSync,
  existsSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { isFault, toFault } from '../faults.ts';
import { headerFault, headerLength } from './header.ts';

/**
 * Looks at a board's file with plain reads, and copies it when it is broken (contract §6.4). Only for a process that has no
 * board open and ends right afterwards: closing a descriptor of a database drops every lock that SQLite holds on it in the
 * same process. The file itself is never written to.
 */

export interface Examined {
  /** `unknown`: it could not be looked at; whoever opens it will be told why. */
  readonly state: 'sound' | 'corrupt' | 'unknown';
  /** One sentence without its full stop; empty when it is sound. */
  readonly reason: string;
  /** Where the copy of a corrupt one is; null when none could be made. */
  readonly copy: string | null;
}

/** Milliseconds that another process may keep it locked. */
const patience = 5000;

/** `suspicion` is what somebody else has already found to be corrupt: it is then copied in any case. */
export function examineFile(path: string, suspicion: string | undefined): Examined {
  const found = faultOf(path);
  const reason = found.state === 'corrupt' ? found.reason : (suspicion ?? found.reason);
  const isCorrupt = found.state === 'corrupt' || suspicion !== undefined;
  return isCorrupt
    ? { state: 'corrupt', reason, copy: keepCopy(path) }
    : { state: found.state, reason, copy: null };
}

function faultOf(path: string): Pick<Examined, 'state' | 'reason'> {
  try {
    const header = headerFault(firstBytes(path), path);
    if (header !== undefined) return { state: 'corrupt', reason: header };
    const damage = damageIn(path);
    return damage === undefined ? { state: 'sound', reason: '' } : { state: 'corrupt', reason: damage };
  } catch (error) {
    const fault = toFault(error, path);
    return { state: isFault(fault, 'corrupt') ? 'corrupt' : 'unknown', reason: fault.message };
  }
}

function firstBytes(path: string): Uint8Array {
  const file = openSync(path, 'r');
  try {
    const bytes = new Uint8Array(headerLength);
    return bytes.subarray(0, readSync(file, bytes));
  } finally {
    closeSync(file);
  }
}

/** Read-only, so that closing it does not write back a WAL whose board may be broken. */
function damageIn(path: string): string | undefined {
  const database = new DatabaseSync(`${pathToFileURL(path).href}?mode=ro`, {
    readOnly: true,
    timeout: patience,
  });
  try {
    const [line] = Object.values(database.prepare('pragma integrity_check(1)').get() ?? {});
    return line === 'ok' ? undefined : `${path} is damaged: ${String(line).replace(/\.$/, '')}`;
  } finally {
    database.close();
  }
}

const mostCopies = 10;

/** Copies the file and its side files once for each content; gives where, or null when that was not possible. */
function keepCopy(path: string): string | null {
  const draft = `${path}.corrupt.${process.pid}.part`;
  try {
    const copy = `${path}.corrupt.${copyAndHash(path, draft).slice(0, 16)}.bak`;
    if (!existsSync(copy)) {
      for (const suffix of ['-wal', '-shm'])
        if (existsSync(path + suffix)) copyFileSync(path + suffix, copy + suffix);
      renameSync(draft, copy);
      forgetOld(path);
    }
    return copy;
  } catch {
    return null;
  } finally {
    rmSync(draft, { force: true });
  }
}

/** The name must tell what was copied, also when somebody writes meanwhile: so both are done in one go. */
function copyAndHash(from: string, to: string): string {
  const [source, target] = [openSync(from, 'r'), openSync(to, 'w', statSync(from).mode)];
  try {
    const hash = createHash('sha256');
    const piece = Buffer.allocUnsafe(1024 * 1024);
    for (let size = readSync(source, piece); size > 0; size = readSync(source, piece)) {
      hash.update(piece.subarray(0, size));
      for (let at = 0; at < size; ) at += writeSync(target, piece, at, size - at);
    }
    return hash.digest('hex');
  } finally {
    closeSync(source);
    closeSync(target);
  }
}

function forgetOld(path: string): void {
  const folder = dirname(path);
  const copies = readdirSync(folder)
    .filter((name) => name.startsWith(`${basename(path)}.corrupt.`) && name.endsWith('.bak'))
    .map((name) => ({ name, at: statSync(join(folder, name)).mtimeMs }))
    .sort((one, other) => other.at - one.at);
  for (const { name } of copies.slice(mostCopies)) {
    for (const suffix of ['', '-wal', '-shm']) rmSync(join(folder, name + suffix), { force: true });
  }
}
