import { upgradeWebSocket } from '@hono/node-server';
import { WebSocket } from 'ws';
import { asEventId, parseBoardId } from '../../../domain/ids.ts';
import { maySee } from '../../../domain/token.ts';
import { activeBoard } from '../../../services/home.ts';
import { type App, type Ask, addressOf, identityOf } from '../app.ts';
import type { Call, Desk } from '../call.ts';
import type { Identity } from '../identity.ts';
import type { Rate } from '../limits.ts';
import { type EventReader, openReader } from '../live/reader.ts';
import { HttpProblem } from '../problem.ts';
import { stillAllowed, streamPlace } from '../routes/events.ts';

/**
 * The older stream of events (contract §10): `{events, cursor}` in text frames, at most 200 events each. A client that reads
 * slowly is served slowly, from the same place as every other. Who is not known is refused before the upgrade.
 */
export function openWebSockets(app: App, desk: Desk, rate: Rate): void {
  app.get('/api/plugins/kanban/events', async (ask, next) => {
    ask.set('route', 'GET /api/plugins/kanban/events');
    if (ask.req.header('upgrade')?.toLowerCase() !== 'websocket') {
      throw new HttpProblem(
        'bad_request',
        'This address speaks WebSocket; /api/v1/boards/BOARD/stream does not.',
      );
    }
    const again = (): Promise<Identity> => whoAsks(desk, rate, ask);
    const identity = await again();
    const named = parseBoardId(ask.req.query('board') ?? '');
    const board = await activeBoard(desk.home, desk.world.files, named);
    if (!maySee(identity, board)) {
      throw new HttpProblem('forbidden', `The token ${identity.name} is not for the board ${board}.`);
    }
    const since = /^\d{1,15}$/.exec(ask.req.query('since') ?? '')?.[0];
    const from = new Map(since === undefined ? [] : [[board, asEventId(Number(since))]]);
    const call: Call = {
      desk,
      kernel: desk.kernel,
      identity,
      request: ask.req.raw,
      from: addressOf(ask),
    };
    const leave = streamPlace(call);
    const reader = await openReader(desk.hub, desk.kernel, [board], { from }).catch((error: unknown) => {
      leave();
      throw error;
    });
    const end = (): void => {
      reader.close();
      leave();
    };
    return upgradeWebSocket(() => ({
      onOpen: (_, socket) => {
        if (!(socket.raw instanceof WebSocket)) return end();
        const { raw } = socket;
        void pump(raw, reader, stillAllowed(call, again))
          .catch((error: unknown) => {
            desk.world.log.warn('An event socket was ended.', { error });
            raw.close(1011, 'The events cannot be read now.');
          })
          .finally(end);
      },
      onClose: end,
      onError: end,
    }))(ask, next);
  });
}

/** A browser cannot send a header with a WebSocket: the cookie, or `token` in the address, stands for it here. */
async function whoAsks(desk: Desk, rate: Rate, ask: Ask): Promise<Identity> {
  const given = ask.req.query('token');
  if (given === undefined) return identityOf(desk, rate, ask);
  const identity = await desk.identities.ofCredential(given, addressOf(ask), 'token');
  ask.set('identity', identity);
  return identity;
}

/** Sends what comes, the next frame when the one before is out. */
async function pump(socket: WebSocket, reader: EventReader, still: () => Promise<boolean>): Promise<void> {
  for (;;) {
    const next = await reader.next();
    if (next.kind === 'end' || socket.readyState !== socket.OPEN) return;
    if (!(await still())) return socket.close(1008, 'The token counts no more.');
    if (next.kind === 'beat') {
      socket.ping();
      continue;
    }
    const cursor = Number(reader.cursor.split(':')[1]);
    const events = next.kind === 'reload' ? [] : next.events.map(({ board: _, ...event }) => older(event));
    const frame = JSON.stringify({ events, cursor });
    const sent = await new Promise<boolean>((resolve) => socket.send(frame, (error) => resolve(!error)));
    if (!sent) return;
  }
}

/** The keys of contract §10 alone. */
const older = ({ id, task_id, kind, payload, created_at, run_id }: Omit<EventOf, 'board'>) => ({
  id,
  task_id,
  kind,
  payload,
  created_at,
  run_id,
});
type EventOf = Extract<Awaited<ReturnType<EventReader['next']>>, { kind: 'events' }>['events'][number];
