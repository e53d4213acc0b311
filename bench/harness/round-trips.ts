import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A way to a server on which somebody counts. */
export interface CountedWay {
  /** As the address that was given, but through here. */
  readonly url: string;
  /** Round trips since the last time this was asked, over all connections. */
  taken(): number;
  close(): Promise<void>;
}

/**
 * Passes on what clients and a server on loopback say to each other, and counts how often somebody waited: each time a
 * client speaks after the server has spoken is a round trip, however many statements went together.
 */
export async function countRoundTrips(address: string): Promise<CountedWay> {
  const target = new URL(address);
  const sockets = new Set<Socket>();
  let trips = 0;
  const keep = (socket: Socket): void => {
    sockets.add(socket);
    socket.setNoDelay(true);
    // Whoever lost its connection says so itself.
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
  };
  const proxy = createServer((client) => {
    const server = connect(Number(target.port), target.hostname);
    let asking = false;
    keep(client);
    keep(server);
    client.on('data', (bytes) => {
      if (!asking) trips += 1;
      asking = true;
      server.write(bytes);
    });
    server.on('data', (bytes) => {
      asking = false;
      client.write(bytes);
    });
    client.on('close', () => server.end());
    server.on('close', () => client.end());
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  // Listening on a port, not on a path.
  const { port } = proxy.address() as AddressInfo;
  return {
    url: Object.assign(new URL(address), { port: String(port), hostname: '127.0.0.1' }).href,
    taken: () => {
      const counted = trips;
      trips = 0;
      return counted;
    },
    close: async () => {
      const closed = once(proxy, 'close');
      proxy.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
