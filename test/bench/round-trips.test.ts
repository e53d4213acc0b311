import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { Client } from 'pg';
import { expect, inject, onTestFinished, test } from 'vitest';
import { countRoundTrips } from '../../bench/harness/round-trips.ts';
import { anotherProgram } from '../support/postgres-board.ts';
import { until } from '../support/until.ts';

test('counts the waits for a server, and not the statements', async () => {
  const way = await countRoundTrips(inject('postgres'));
  const client = new Client({ connectionString: way.url });
  onTestFinished(async () => {
    await client.end();
    await way.close();
  });
  await client.connect();
  way.taken();

  await client.query('select 1');
  expect(way.taken()).toBe(1);
  await client.query('begin; select 1; select 2; commit');
  expect(way.taken()).toBe(1);
  await client.query({ name: 'sum', text: 'select $1::int + $2::int as sum', values: [1, 2] });
  await client.query({ name: 'sum', text: 'select $1::int + $2::int as sum', values: [3, 4] });
  expect(way.taken()).toBe(2);
  expect(way.taken()).toBe(0);
});

test('passes on what the server says, also when it speaks by itself', async () => {
  const way = await countRoundTrips(inject('postgres'));
  onTestFinished(() => way.close());
  const listener = await anotherProgram(way.url);
  await listener.query('listen counted');
  way.taken();
  const heard: unknown[] = [];
  listener.on('notification', ({ payload }) => heard.push(payload));
  await (await anotherProgram(inject('postgres'))).query("notify counted, 'hear me'");
  await until('the notification is heard', () => heard.length > 0);
  expect(heard).toEqual(['hear me']);
  expect(way.taken()).toBe(0);
});

test('counts once what comes in pieces', async () => {
  const server = createServer((socket) => socket.setNoDelay(true));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  // Listening on a port, not on a path.
  const { port } = server.address() as AddressInfo;
  const way = await countRoundTrips(`postgres://127.0.0.1:${port}/none`);
  onTestFinished(() => way.close());
  const arrives = once(server, 'connection') as Promise<[Socket]>;
  const client = connect(Number(new URL(way.url).port), '127.0.0.1');
  const [served] = await arrives;
  const says = async (from: Socket, to: Socket, text: string): Promise<void> => {
    const heard = once(to, 'data');
    from.write(text);
    expect(String((await heard)[0])).toBe(text);
  };
  await says(client, served, 'a');
  await says(client, served, 'b');
  await says(served, client, '1');
  await says(served, client, '2');
  await says(client, served, 'c');
  expect(way.taken()).toBe(2);
});
