import type { Log } from '../../src/services/world.ts';

const nothing = (): void => undefined;
/** Says nothing. */
export const quiet: Log = { debug: nothing, info: nothing, warn: nothing, error: nothing };
