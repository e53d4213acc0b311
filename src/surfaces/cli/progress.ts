import type { OnStep } from '../home-archive.ts';
import { warn } from './output.ts';

/** Tells on stderr how far something long is: nothing in its first second, then a line a second at most. */
export function progress(): OnStep {
  let toldAt = performance.now();
  return (step, share) => {
    if (performance.now() - toldAt < 1000) return;
    toldAt = performance.now();
    warn(`andon: ${step}${share === undefined ? '' : ` ${Math.floor(share * 100)} %`} …`);
  };
}
