import type { Result } from '../../domain/errors.ts';

/** Ends a verb with one sentence on stderr: exit code 1 is a failed operation, 2 is wrong usage (contract §8.1). */
export class Failure extends Error {
  override readonly name = 'Failure';
  readonly exitCode: 1 | 2;

  constructor(sentence: string, exitCode: 1 | 2 = 1) {
    super(sentence);
    this.exitCode = exitCode;
  }
}

export const usage = (sentence: string): Failure => new Failure(sentence, 2);

/** The value of an answer; a refusal becomes the verb's failure. */
export function granted<Value>(result: Result<Value>): Value {
  if (result.ok) return result.value;
  throw new Failure(result.refusal.sentence);
}
