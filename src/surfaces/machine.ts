import { availableParallelism, totalmem } from 'node:os';
import type { Machine } from '../services/settings.ts';

/** The cores and the memory that this process may use: those of its container, if it is in one. */
export function thisMachine(): Machine {
  const constrained = process.constrainedMemory();
  const memory = constrained > 0 ? Math.min(constrained, totalmem()) : totalmem();
  return { cores: availableParallelism(), memory };
}
