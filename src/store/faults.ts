import { StoreFault, type StoreFaultCode } from './store.ts';

/** What an error of the driver or the system can mean; the others are found by looking. */
type ErrorCode = Exclude<StoreFaultCode, 'missing' | 'unreadable' | 'unsafe'>;

/** SQLite's result codes, primary ones and one extended, that say something about the file rather than about a statement. */
const codes: Readonly<Record<number, ErrorCode>> = {
  5: 'busy',
  6: 'busy',
  8: 'readonly',
  10: 'io',
  11: 'corrupt',
  13: 'full',
  // SQLITE_IOERR_SHMSIZE: no room for the WAL's index, which whoever opens a board first has to make.
  4874: 'full',
  14: 'io',
  26: 'corrupt',
};

/** The system's own codes, from making the folder or looking at the path. */
const systemCodes: Readonly<Record<string, ErrorCode>> = {
  EACCES: 'readonly',
  EPERM: 'readonly',
  EROFS: 'readonly',
  ENOSPC: 'full',
  EDQUOT: 'full',
};

const sentences: Readonly<Record<ErrorCode, (path: string) => string>> = {
  busy: (path) => `${path} is locked by another process.`,
  corrupt: (path) =>
    `${path} is not a readable SQLite database. It was left exactly as it is; \`andon restore latest\` shows what a backup would bring back.`,
  full: (path) => `The disk that holds ${path} is full. Nothing was written: free some space and try again.`,
  io: (path) => `${path} cannot be opened, read or written. Check that its folder exists and is yours.`,
  readonly: (path) => `${path} cannot be written: the file or its folder is read-only.`,
  schema: (path) =>
    `${path} lacks a table or column that this Andon needs; open it once where it can be written.`,
  version: (path) => `${path} was written by another version of Andon.`,
};

const isSqliteError = (error: unknown): error is Error & { readonly errcode: number } =>
  error instanceof Error && 'errcode' in error && typeof error.errcode === 'number';

const isSystemError = (error: unknown): error is Error & { readonly code: string } =>
  error instanceof Error && 'syscall' in error && 'code' in error && typeof error.code === 'string';

/**
 * What an error of the driver or the system means for the database at `path`. Extended codes are masked: 517 (a snapshot
 * too old) and 261 (recovery going on) are `busy` like 5. An error that is about the statement itself keeps its own words.
 */
export function toFault(error: unknown, path: string, statement?: string): Error {
  if (isSystemError(error)) return faultOf(systemCodes[error.code] ?? 'io', path, error);
  if (!isSqliteError(error)) return error instanceof Error ? error : new Error(String(error));
  const code = codes[error.errcode] ?? codes[error.errcode & 0xff];
  if (code !== undefined) return faultOf(code, path, error);
  if (/^no such (table|column)/.test(error.message)) return faultOf('schema', path, error);
  return new Error(`${error.message}${statement === undefined ? '' : `, in: ${statement}`}`, {
    cause: error,
  });
}

const faultOf = (code: ErrorCode, path: string, cause: Error): StoreFault =>
  new StoreFault(code, `${sentences[code](path)} (${cause.message})`, { cause });

export const isFault = (error: unknown, ...among: readonly StoreFaultCode[]): error is StoreFault =>
  error instanceof StoreFault && among.includes(error.code);
