import { Server } from 'node:http';
import { createAdaptorServer, type WebSocketServerLike } from '@hono/node-server';
import { WebSocketServer } from 'ws';
import type { Kernel } from '../../kernel/kernel.ts';
import { openBoards } from '../../services/boards.ts';
import { type App, createApp } from './app.ts';
import type { Desk, Gateway } from './call.ts';
import { openWebSockets } from './compat/websocket.ts';
import { cookieName, openDoors } from './doors.ts';
import { hostsOf } from './guards.ts';
import { openHooks } from './hooks.ts';
import { createIdentities } from './identity.ts';
import { createPlaces, createRate } from './limits.ts';
import { createHub } from './live/hub.ts';
import { createMetrics, type HttpMetrics, timedKernel } from './metrics.ts';

/** A gateway's HTTP side: the application, and its sockets when it listens. */
export interface Http {
  /** Answers a request without a socket. */
  readonly app: App;
  readonly desk: Desk;
  readonly metrics: HttpMetrics;
  /** Listens, and gives its address on this machine. Rejects when the port is taken. */
  listen(): Promise<string>;
  /** Ends the streams, lets requests under way finish for a moment, and closes. Safe twice. */
  close(): Promise<void>;
}

/** Slow and silent clients are let go: whole headers within 10 s, a whole request within 5 min, 30 s between two requests. */
const timeouts = { headersTimeout: 10_000, requestTimeout: 300_000, keepAliveTimeout: 30_000 };
const mostHeaders = 16 * 1024;
/** Connections beside those of streams. */
const moreConnections = 1000;
/** How long requests under way may take when the gateway stops. */
const patience = 1000;

export function openHttp(gateway: Gateway): Http {
  const { settings, world } = gateway;
  const { http } = settings;
  let port = http.port;
  const place = () => {
    const local = `http://${reachable(http.host)}:${port}`;
    const url = (http.public_url ?? local).replace(/\/+$/, '');
    return { port, local, url, secure: url.startsWith('https:') };
  };
  const streams = createPlaces(http.max_streams, http.max_streams_per_token);
  const metrics = createMetrics(gateway, () => streams.taken);
  const kernel: Kernel = timedKernel(gateway.kernel, world.monotonic, metrics.store);
  const hub = createHub(world, kernel, gateway.home);
  const identities = createIdentities(kernel, {
    cookie: () => cookieName(place()),
    now: world.now,
    monotonic: world.monotonic,
  });
  const boards = openBoards(world, gateway.home, kernel);
  const desk: Desk = { ...gateway, kernel, boards, identities, streams, hub, place };
  const rate = createRate(world.monotonic, http.requests_per_second, 2 * http.requests_per_second);
  const sockets = new WebSocketServer({ noServer: true, maxPayload: 1024, perMessageDeflate: false });
  let hosts = hostsOf(http, port);
  const app = createApp({
    desk,
    hosts: () => hosts,
    rate,
    metrics,
    more: (open) => {
      openWebSockets(open, desk, rate);
      openHooks(open, desk, rate);
      openDoors(open, desk, rate, metrics);
    },
  });
  const server = createAdaptorServer({
    fetch: app.fetch,
    serverOptions: { ...timeouts, maxHeaderSize: mostHeaders },
    // The same server; their types differ in what may be left out.
    websocket: { server: sockets as WebSocketServerLike },
  });
  if (!(server instanceof Server)) throw new Error('The API speaks HTTP/1.1.');
  // Descriptors may run out; those who are connected go on.
  server.on('error', (error) => world.log.warn('A connection could not be taken.', { error }));
  server.maxConnections = http.max_streams + moreConnections;
  let closing: Promise<void> | undefined;

  const close = async (): Promise<void> => {
    hub.close();
    metrics.close();
    for (const socket of sockets.clients) socket.close(1001, 'The gateway stops.');
    if (!server.listening) return;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeIdleConnections();
    const late = world.after(patience, () => server.closeAllConnections());
    await closed;
    late();
  };

  return {
    app,
    desk,
    metrics,
    listen: async () => {
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen({ port: http.port, host: http.host }, () => {
          server.off('error', reject);
          resolve();
        });
      });
      const address = server.address();
      if (typeof address === 'object' && address !== null) port = address.port;
      hosts = hostsOf(http, port);
      await metrics.watch(hub);
      return place().local;
    },
    close: () => {
      closing ??= close();
      return closing;
    },
  };
}

/** A host as this machine reaches it: one that stands for all addresses is here too. */
const reachable = (host: string): string =>
  host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host;
