import { homeBoard } from '../../domain/ids.ts';
import type { Service } from '../../services/service.ts';
import { ownTokenPath } from '../own-token.ts';
import type { Gateway } from './call.ts';
import { newCredential, parseCredential } from './secret.ts';
import { type Http, openHttp } from './server.ts';

/** The HTTP side of a gateway as one of its services. */

/** How long until a port that is taken is tried again: another gateway of this home may serve it meanwhile. */
const again = 2000;

/** `announce` is told where people reach it, and that they do not any more. */
export function createHttpService(
  gateway: Gateway,
  announce: (url: string | null) => Promise<void>,
): Service {
  const { world } = gateway;
  let http: Http | undefined;
  let cancel = (): void => {};
  let told = false;

  const open = async (): Promise<void> => {
    const next = openHttp(gateway);
    try {
      const url = await next.listen();
      http = next;
      await announce(url);
      world.log.info('The API is there.', { url });
    } catch (error) {
      await next.close();
      if (!isTaken(error)) throw error;
      const { host, port } = gateway.settings.http;
      if (!told) world.log.warn(`Port ${port} of ${host} is taken; it is tried again.`, { port });
      told = true;
      cancel = world.after(again, () => void open().catch(tell));
    }
  };
  const tell = (error: unknown): void => {
    world.log.error('The API could not be opened; everything else goes on.', { error });
  };

  return {
    start: async () => {
      if (http !== undefined) return;
      await ensureOwnToken(gateway);
      // A gateway that cannot be asked still starts workers.
      await open().catch(tell);
    },
    stop: async () => {
      cancel();
      const open = http;
      http = undefined;
      await open?.close();
      if (open !== undefined) await announce(null);
    },
  };
}

const isTaken = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';

/** Sees to it that the person whose home it is has a token that counts, in a file that only they can read. */
async function ensureOwnToken({ kernel, home, world }: Gateway): Promise<void> {
  const path = ownTokenPath(home);
  const text = await world.files.read(path);
  if (text !== undefined && (await counts(text.trim(), { kernel }))) return;
  const { id, hash, text: fresh } = newCredential('k');
  if (text === undefined) {
    // Of two gateways that start at once one makes the file, and the other finds it.
    if (!(await world.files.create(path, `${fresh}\n`))) return;
  } else await world.files.write(path, `${fresh}\n`);
  const made = await kernel.createToken(homeBoard, {
    id,
    hash,
    name: 'user',
    kind: 'token',
    role: 'admin',
    boards: null,
    created_by: 'andon',
  });
  if (!made.ok) throw new Error(made.refusal.sentence);
}

async function counts(text: string, { kernel }: Pick<Gateway, 'kernel'>): Promise<boolean> {
  const given = parseCredential(text);
  const found = given && (await kernel.token(homeBoard, { id: given.id }));
  return found?.ok === true && found.value !== null && found.value.revoked_at === null;
}
