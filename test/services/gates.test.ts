import { describe, expect, it, vi } from 'vitest';
import { type Gates, readGates } from '../../src/services/gates.ts';
import { type LoadedSettings, loadSettings } from '../../src/services/settings.ts';
import { nodeWorld } from '../../src/services/world-node.ts';
import { quiet } from '../support/quiet-log.ts';
import { temporaryHome } from '../support/temporary-home.ts';

const { files } = nodeWorld({ log: quiet });
const settings = (text: string) => () =>
  loadSettings(temporaryHome({ 'andon.yaml': text }), files, { machine: { cores: 2, memory: 2 ** 33 } });
const roles = ({ dispatcher, notifier }: Gates): [boolean, Gates['notifier']] => [dispatcher, notifier];
const on = 'dispatch_in_gateway: true';
const off = 'dispatch_in_gateway: false';

describe('the gates of a gateway (contract §7.1)', () => {
  it.each(['0', 'false', 'no', 'off', 'OFF', ' No '])(
    'a falsy environment (%s) closes them before the settings are read',
    async (said) => {
      const load = vi.fn(settings(on));
      for (const name of ['ANDON_DISPATCH_IN_GATEWAY', 'HERMES_KANBAN_DISPATCH_IN_GATEWAY']) {
        const gates = await readGates({ [name]: said }, load);
        expect(roles(gates)).toEqual([false, 'none']);
        expect(gates.reason).toContain('ANDON_DISPATCH_IN_GATEWAY');
      }
      expect(load).not.toHaveBeenCalled();
    },
  );

  it('settings that say false close them', async () => {
    expect(roles(await readGates({}, settings(off)))).toEqual([false, 'none']);
  });

  it('they are open unless somebody says otherwise', async () => {
    expect(roles(await readGates({}, settings('')))).toEqual([true, 'all']);
    expect(roles(await readGates({ ANDON_DISPATCH_IN_GATEWAY: '  ' }, settings('')))).toEqual([true, 'all']);
  });

  it.each(['1', 'true', 'yes', 'on', 'anything'])(
    'a truthy environment (%s) does not open what the settings close',
    async (said) => {
      expect(roles(await readGates({ ANDON_DISPATCH_IN_GATEWAY: said }, settings(off)))).toEqual([
        false,
        'none',
      ]);
    },
  );

  it('the new spelling wins over the old one', async () => {
    const env = { ANDON_DISPATCH_IN_GATEWAY: 'yes', HERMES_KANBAN_DISPATCH_IN_GATEWAY: 'no' };
    expect(roles(await readGates(env, settings(on)))).toEqual([true, 'all']);
  });

  it('settings that cannot be read close them and say why', async () => {
    const gates = await readGates({}, settings('dispatch_in_gateway: maybe'));
    expect(roles(gates)).toEqual([false, 'none']);
    expect(gates.reason).toContain('dispatch_in_gateway must be true or false');
  });

  it.each<[string, string | undefined, Gates['notifier']]>([
    [`${on}\nnotify_in_gateway: false`, undefined, 'none'],
    [on, '0', 'none'],
    [`${on}\nnotify_in_gateway: false`, '1', 'all'],
    [`${off}\nnotify_in_gateway: true`, undefined, 'own'],
    [off, '1', 'own'],
    [`${off}\nnotify_in_gateway: true`, 'off', 'none'],
  ])('with %j and ANDON_NOTIFY_IN_GATEWAY=%s it delivers for %s', async (text, said, notifier) => {
    const gates = await readGates({ ANDON_NOTIFY_IN_GATEWAY: said }, settings(text));
    expect(gates.notifier).toBe(notifier);
    expect(gates.dispatcher).toBe(text.startsWith(on));
  });

  it('ANDON_NOTIFY_IN_GATEWAY keeps a gateway that may not dispatch notifying for its own profile', async () => {
    const load = vi.fn<() => Promise<LoadedSettings>>();
    const env = { ANDON_DISPATCH_IN_GATEWAY: 'off', ANDON_NOTIFY_IN_GATEWAY: '1' };
    expect(roles(await readGates(env, load))).toEqual([false, 'own']);
    expect(load).not.toHaveBeenCalled();
  });
});
