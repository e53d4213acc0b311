import { hermesName } from '../domain/why.ts';
import { hermesDispatcher } from './hermes.ts';
import type { Home } from './home.ts';
import type { World } from './world.ts';

/** Gives whether Hermes dispatches on a home; says it once when that begins, and once when it is over. */
export function createStandAside(world: World, home: Home, onOver: () => void): () => Promise<boolean> {
  let aside = false;
  return async () => {
    const hermes = await hermesDispatcher(home, world);
    if (aside === (hermes !== undefined)) return aside;
    aside = hermes !== undefined;
    if (hermes) {
      world.log.warn(
        `On this home ${hermesName(hermes)} dispatches, so nothing is started here until it is gone.`,
      );
    } else {
      world.log.info('The Hermes gateway is gone; this one dispatches now.');
      onOver();
    }
    return aside;
  };
}
