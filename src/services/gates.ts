import { isFalsy, readEnv } from '../domain/env.ts';
import type { Env } from './home.ts';
import type { LoadedSettings } from './settings.ts';

/** For which roles a gateway stands. */
export interface Gates {
  readonly dispatcher: boolean;
  /** `all`: what nobody owns and what its own profile owns; `own`: the latter only. */
  readonly notifier: 'all' | 'own' | 'none';
  /** Why it does not dispatch, when it does not. */
  readonly reason: string | null;
  /** Whether the settings were read for this. */
  readonly bySettings: boolean;
}

/**
 * The switches of contract §5.1 and §7.1, in their order: a falsy environment variable decides before the settings are even
 * read; a truthy one never forces anything on; settings that cannot be read stand everything down.
 */
export async function readGates(env: Env, load: () => Promise<LoadedSettings>): Promise<Gates> {
  const notifySaid = readEnv(env, 'ANDON_NOTIFY_IN_GATEWAY');
  if (isFalsy(readEnv(env, 'ANDON_DISPATCH_IN_GATEWAY'))) {
    const own = notifySaid !== undefined && !isFalsy(notifySaid);
    return {
      dispatcher: false,
      notifier: own ? 'own' : 'none',
      reason: 'ANDON_DISPATCH_IN_GATEWAY is off',
      bySettings: false,
    };
  }
  const loaded = await load();
  if (!loaded.ok) return { dispatcher: false, notifier: 'none', reason: loaded.message, bySettings: true };
  const { dispatch_in_gateway: dispatch, notify_in_gateway: notify } = loaded.settings;
  const notifies = notifySaid === undefined ? notify : !isFalsy(notifySaid);
  if (!dispatch) {
    return {
      dispatcher: false,
      notifier: notifies === true ? 'own' : 'none',
      reason: 'dispatch_in_gateway is false',
      bySettings: true,
    };
  }
  return { dispatcher: true, notifier: notifies === false ? 'none' : 'all', reason: null, bySettings: true };
}
