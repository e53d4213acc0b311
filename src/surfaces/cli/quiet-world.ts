import type { World } from '../../services/world.ts';
import { nodeWorld } from '../../services/world-node.ts';

const nobody = () => {};

/** The real world without a log: a command speaks for itself. */
export const quietWorld = (): World =>
  nodeWorld({ log: { debug: nobody, info: nobody, warn: nobody, error: nobody } });
