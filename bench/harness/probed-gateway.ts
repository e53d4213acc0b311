import { join } from 'node:path';
import { z } from 'zod';
import {
  type Gateway,
  type GatewayHome,
  gatewayHome,
  type HomeOptions,
} from '../../test/support/gateway-home.ts';
import { until } from '../../test/support/until.ts';
import type { Bench } from './row.ts';

const answer = z.object({ rss: z.number(), used: z.number(), late: z.number() });
/** In bytes; `late` is the longest that the main loop came late since the last look, in milliseconds. */
export type Look = z.infer<typeof answer>;

/** A real gateway on a home of its own, with a probe inside. */
export interface Probed {
  readonly home: GatewayHome;
  readonly gateway: Gateway;
  /** `collect` lets the garbage collector run first; `busy` keeps the loop busy for 50 ms. */
  look(what?: 'look' | 'collect' | 'busy'): Promise<Look>;
  /** The address of its API, and the token of the owner. */
  readonly url: string;
  readonly token: string;
}

/** Starts it, lets `use` work with it, and ends it and all that it started. `prepare` gets the path of the board first. */
export async function withGateway<Value>(
  bench: Bench,
  options: HomeOptions,
  prepare: (path: string) => Promise<void>,
  use: (probed: Probed) => Promise<Value>,
): Promise<Value> {
  const ends: (() => unknown)[] = [];
  const test = {
    onTestFinished: (end: unknown) => void (typeof end === 'function' && ends.unshift(() => end())),
  };
  const home = gatewayHome(test, {
    ...options,
    settings: { http: { port: 0, requests_per_second: 0 }, ...options.settings },
  });
  try {
    await prepare(join(home.root, 'kanban.db'));
    const probe = join(import.meta.dirname, 'probe.ts');
    const profile = bench.profiles === undefined ? '' : ` --cpu-prof --cpu-prof-dir=${bench.profiles}`;
    const gateway = await home.gateway({ env: { NODE_OPTIONS: `--expose-gc --import=${probe}${profile}` } });
    const url = await until('the gateway says where it answers', () => {
      const text = home.read('gateways/default.json');
      const found: unknown = text === '' ? null : JSON.parse(text).url;
      return typeof found === 'string' && found;
    });
    let last = 0;
    const look: Probed['look'] = async (what = 'look') => {
      last += 1;
      home.write('probe-ask', `${last} ${what}`);
      process.kill(gateway.pid, 'SIGUSR2');
      const text = await until(
        'the gateway answers its probe',
        () => {
          const said = home.read(`probe-answer-${last}`);
          return said.endsWith('}') && said;
        },
        30_000,
      );
      return answer.parse(JSON.parse(text));
    };
    const value = await use({ home, gateway, look, url, token: home.read('gateways/token').trim() });
    if (bench.profiles !== undefined) await gateway.stop();
    return value;
  } finally {
    for (const end of ends) await end();
  }
}
