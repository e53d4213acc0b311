import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { GatewayCloseCodes, GatewayIntentBits, GatewayOpcodes } from 'discord-api-types/v10';
import { type WebSocket, WebSocketServer } from 'ws';
import { z } from 'zod';

export interface GatewayFaults {
  /** Milliseconds between heartbeats. */
  beat: number;
  /** Heartbeats are not answered. */
  isDeaf: boolean;
  /** Connections are taken, and nothing is said to them. */
  isMute: boolean;
  /** The bot's page does not allow it to read messages. */
  hidesContent: boolean;
}

export interface FakeGateway {
  readonly faults: GatewayFaults;
  /** How often a connection began anew, and how often one was taken up again. */
  readonly identified: () => number;
  readonly resumed: () => number;
  /** Connections that are open now. */
  readonly open: () => number;
  /** Happens to every session, connected or not. */
  tell(name: string, data: unknown): void;
  /** Ends the connections: by a close code, by the order to come back, or by breaking them. */
  end(how: number | 'reconnect' | 'break'): void;
  /** What was known of connections is forgotten: none can be taken up again. */
  forget(): void;
  /** Takes a connection of the server. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
}

interface Session {
  readonly id: string;
  readonly events: { readonly t: string; readonly s: number; readonly d: unknown }[];
  socket: WebSocket | undefined;
}

const spoken = z.object({ op: z.int(), d: z.unknown() });
const identify = z.object({ token: z.string(), intents: z.int() });
const resume = z.object({ token: z.string(), session_id: z.string(), seq: z.int() });

/** The gateway as the real one is spoken (version 10, JSON, no compression), with sessions that survive their connections. */
export function fakeGateway(options: {
  readonly token: string;
  readonly ready: () => Readonly<Record<string, unknown>>;
}): FakeGateway {
  const sessions = new Map<string, Session>();
  const listeners = new WebSocketServer({ noServer: true });
  const sockets = new Set<WebSocket>();
  const faults: GatewayFaults = { beat: 41_250, isDeaf: false, isMute: false, hidesContent: false };
  /** What was said before the bot was there for the first time: people wait for that. */
  const early: { readonly name: string; readonly data: unknown }[] = [];
  let identified = 0;
  let resumed = 0;

  const say = (socket: WebSocket | undefined, message: Readonly<Record<string, unknown>>): void => {
    if (!faults.isMute) socket?.send(JSON.stringify(message));
  };
  const dispatch = (session: Session, t: string, d: unknown): void => {
    const event = { op: GatewayOpcodes.Dispatch, t, d, s: (session.events.at(-1)?.s ?? 0) + 1 };
    session.events.push(event);
    say(session.socket, event);
  };

  const begin = (socket: WebSocket, data: unknown): Session | undefined => {
    const { token, intents } = identify.parse(data);
    const wantsContent = (intents & GatewayIntentBits.MessageContent) !== 0;
    if (token !== options.token) {
      socket.close(GatewayCloseCodes.AuthenticationFailed);
      return undefined;
    }
    if (wantsContent && faults.hidesContent) {
      socket.close(GatewayCloseCodes.DisallowedIntents);
      return undefined;
    }
    identified += 1;
    const session: Session = { id: randomBytes(8).toString('hex'), events: [], socket };
    sessions.set(session.id, session);
    dispatch(session, 'READY', { v: 10, session_id: session.id, guilds: [], ...options.ready() });
    for (const { name, data: said } of early.splice(0)) dispatch(session, name, said);
    return session;
  };
  const takeUp = (socket: WebSocket, data: unknown): Session | undefined => {
    const { token, session_id, seq } = resume.parse(data);
    const session = sessions.get(session_id);
    if (session === undefined || token !== options.token) {
      say(socket, { op: GatewayOpcodes.InvalidSession, d: false });
      return undefined;
    }
    resumed += 1;
    session.socket = socket;
    for (const event of session.events.filter(({ s }) => s > seq)) {
      say(socket, { op: GatewayOpcodes.Dispatch, ...event });
    }
    dispatch(session, 'RESUMED', {});
    return session;
  };

  const serve = (socket: WebSocket): void => {
    let session: Session | undefined;
    sockets.add(socket);
    socket.on('message', (text) => {
      const { op, d } = spoken.parse(JSON.parse(String(text)));
      if (op === GatewayOpcodes.Identify) session = begin(socket, d);
      if (op === GatewayOpcodes.Resume) session = takeUp(socket, d);
      if (op === GatewayOpcodes.Heartbeat && !faults.isDeaf) say(socket, { op: GatewayOpcodes.HeartbeatAck });
    });
    socket.on('close', (code) => {
      sockets.delete(socket);
      if (session?.socket !== socket) return;
      session.socket = undefined;
      // Whoever takes leave so does not come back to it.
      if (code === 1000 || code === 1001) sessions.delete(session.id);
    });
    say(socket, { op: GatewayOpcodes.Hello, d: { heartbeat_interval: faults.beat } });
  };

  return {
    faults,
    identified: () => identified,
    resumed: () => resumed,
    open: () => sockets.size,
    tell: (name, data) => {
      if (identified === 0) early.push({ name, data });
      for (const session of sessions.values()) dispatch(session, name, data);
    },
    end: (how) => {
      for (const socket of sockets) {
        if (how === 'reconnect') say(socket, { op: GatewayOpcodes.Reconnect, d: null });
        else if (how === 'break') socket.terminate();
        else socket.close(how);
      }
    },
    forget: () => sessions.clear(),
    upgrade: (request, socket, head) => listeners.handleUpgrade(request, socket, head, serve),
  };
}
