import { readFileSync } from 'node:fs';
import type { Home } from '../../../services/home.ts';
import { ownTokenPath } from '../../own-token.ts';
import { Failure } from '../failure.ts';
import { onHome } from '../on-board.ts';
import { say, sayJson, warn } from '../output.ts';
import type { Program } from '../verb.ts';

const patience = 5000;

export function register(program: Program): void {
  program
    .command('dashboard')
    .description('open the board in a browser, by a link that signs it in once')
    .option('--no-open', 'only print the link; it holds for a minute')
    .option('--json', 'print the link as JSON, and open nothing')
    .action(({ open, json }) =>
      onHome(async ({ home }) => {
        const { name, url } = await servingGateway(home);
        const link = await linkFrom(url, ownToken(home));
        if (json) return sayJson({ url: link.url, expires_in: link.expires_in, gateway: name });
        if (open && (await openBrowser(link.url))) return say(`Opened ${url} in your browser.`);
        if (open) warn('andon: no browser could be started here; open this link within a minute:');
        say(link.url);
      }),
    );
}

/** A gateway that answers; one that has just been started is waited for. */
async function servingGateway(home: Home): Promise<{ readonly name: string; readonly url: string }> {
  const { gatewaysOf } = await import('../gateways.ts');
  const { setTimeout: pause } = await import('node:timers/promises');
  for (const end = Date.now() + patience; ; await pause(50)) {
    const gateways = await gatewaysOf(home);
    const [serving] = gateways.flatMap(({ name, url }) => (url === null ? [] : [{ name, url }]));
    if (serving !== undefined) return serving;
    if (gateways.length > 0 && Date.now() < end) continue;
    throw new Failure(
      'No gateway serves a dashboard here; `andon gateway start` starts one (and `http:` of andon.yaml must not switch it off).',
    );
  }
}

/** The token of whoever this home belongs to. */
function ownToken(home: Home): string {
  const path = ownTokenPath(home);
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Failure(`The token of this home cannot be read (${why}); a gateway makes it when it starts.`);
  }
}

async function linkFrom(gateway: string, token: string): Promise<{ url: string; expires_in: number }> {
  let answer: Response;
  try {
    answer = await fetch(`${gateway}/api/v1/auth/codes`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
      signal: AbortSignal.timeout(patience),
    });
  } catch (error) {
    throw new Failure(`The gateway at ${gateway} does not answer: ${String(error)}.`);
  }
  const said: unknown = await answer.json().catch(() => undefined);
  if (typeof said === 'object' && said !== null && 'url' in said && 'expires_in' in said) {
    return { url: String(said.url), expires_in: Number(said.expires_in) };
  }
  const why =
    typeof said === 'object' && said !== null && 'detail' in said ? String(said.detail) : answer.statusText;
  throw new Failure(`The gateway at ${gateway} gives no link: ${why}`);
}

/** False when there is none to start, as on a machine without a screen. */
async function openBrowser(url: string): Promise<boolean> {
  const { spawn } = await import('node:child_process');
  const program = process.platform === 'darwin' ? 'open' : 'xdg-open';
  const child = spawn(program, [url], { detached: true, stdio: 'ignore' });
  return new Promise((resolve) => {
    child.once('error', () => resolve(false));
    child.once('spawn', () => {
      child.unref();
      resolve(true);
    });
  });
}
