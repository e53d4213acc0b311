import type { Result } from '../domain/errors.ts';

/** What every command and question gives: what was asked for, or why it was refused. */
export type Answer<Value> = Promise<Result<Value>>;
