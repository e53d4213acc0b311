import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { asTaskId, defaultBoard } from '../../src/domain/ids.ts';
import { isInside } from '../../src/surfaces/outside-file.ts';
import { mostUpload } from '../../src/surfaces/stored-files.ts';
import { claimedTask, createdTask, freshHome, openSession } from './session.ts';

/** The worker of a task that runs in a folder of its own. */
async function working(settings = '') {
  const home = await freshHome();
  const claimed = await claimedTask(home);
  await mkdir(claimed.path, { recursive: true });
  await writeFile(join(home, 'andon.yaml'), settings);
  const worker = await openSession(home, claimed.env);
  const files = async () => (await worker.call('kanban_attachments'))['attachments'];
  return { home, worker, files, ...claimed };
}

/** Files on loopback, until the test ends; gives their address. */
async function serving(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('The server has no port.');
  return `http://127.0.0.1:${address.port}`;
}

const allowed = 'attach_private_urls: true\n';

test('a worker attaches a file of its workspace, or content, and lists what there is', async () => {
  const { worker, files, path, task } = await working();
  expect(await files()).toEqual([]);
  await writeFile(join(path, 'plan.md'), '# Plan\n');
  const first = await worker.call('kanban_attach', { path: 'plan.md', content_type: 'text/markdown' });
  expect(first).toMatchObject({
    ok: true,
    task_id: task,
    attachment: { filename: 'plan.md', size: 7, content_type: 'text/markdown', uploaded_by: 'ada' },
  });
  const content = Buffer.from('bytes').toString('base64');
  await worker.call('kanban_attach', { path: join(path, 'plan.md') });
  await worker.call('kanban_attach', { content, name: '../../note.txt' });
  const listed = (await files()) as { filename: string; path: string }[];
  expect(listed.map(({ filename }) => filename)).toEqual(['plan.md', 'plan (1).md', 'note.txt']);
  expect(await readFile(String(listed[2]?.path), 'utf8')).toBe('bytes');
});

test('only a file inside the workspace, whole and sound content, and the own task', async () => {
  const { home, worker, files, path, task, kernel } = await working();
  await writeFile(join(home, 'secret'), 's');
  await symlink(join(home, 'secret'), join(path, 'link'));
  await symlink(home, join(path, 'up'));
  await writeFile(join(path, 'huge'), Buffer.alloc(mostUpload + 1));
  const other = await createdTask(await openSession(home));
  for (const [given, code, sentence] of [
    [{}, 'invalid_input', /Either `path` or `content`/],
    [{ path: 'x', content: '' }, 'invalid_input', /not both/],
    [{ path: 'missing' }, 'invalid_input', /inside the workspace/],
    [{ path: '../secret' }, 'invalid_input', /inside the workspace/],
    [{ path: join(home, 'secret') }, 'invalid_input', /inside the workspace/],
    [{ path: 'link' }, 'invalid_input', /inside the workspace/],
    [{ path: 'up/secret' }, 'invalid_input', /inside the workspace/],
    [{ path: '.' }, 'invalid_input', /inside the workspace/],
    [{ path: 'huge' }, 'invalid_input', /at most 26214400 bytes/],
    [{ content: 'eHg=' }, 'invalid_input', /needs a `name`/],
    [{ content: 'no base64', name: 'x' }, 'invalid_input', /must be base64/],
    [{ content: 'eHg=', name: 'x', task_id: other }, 'out_of_scope', /own task/],
  ] as const) {
    const refused = await worker.call('kanban_attach', given);
    expect([given, refused]).toMatchObject([
      given,
      { ok: false, code, error: expect.stringMatching(sentence) },
    ]);
  }
  expect(await files()).toEqual([]);
  expect(await readdir(join(home, 'kanban', 'attachments', task)).catch(() => [])).toEqual([]);
  await kernel.block(defaultBoard, { task_id: asTaskId(task), reason: 'taken away' });
  expect(await worker.call('kanban_attach', { content: 'eHg=', name: 'x' })).toMatchObject({
    code: 'stale_run',
  });
});

test('a file is fetched, under its own name, over redirects of the same scheme', async () => {
  const { worker, files } = await working(allowed);
  const at = await serving((request, answer) => {
    if (request.url === '/moved') answer.writeHead(302, { location: '/the%20plan.pdf?v=2' }).end();
    else answer.writeHead(200, { 'content-type': 'application/pdf' }).end('%PDF');
  });
  expect(await worker.call('kanban_attach_url', { url: `${at}/moved` })).toMatchObject({
    ok: true,
    attachment: { filename: 'the plan.pdf', size: 4, content_type: 'application/pdf' },
  });
  await worker.call('kanban_attach_url', { url: at, name: 'page.html' });
  expect(await files()).toMatchObject([
    { filename: 'the plan.pdf' },
    { filename: 'page.html', content_type: 'application/pdf' },
  ]);
});

test('what is no file, too long, cut off or leads elsewhere leaves nothing', async () => {
  const { worker, files } = await working(allowed);
  const at = await serving((request, answer) => {
    switch (request.url) {
      case '/long':
        return answer.writeHead(200, { 'content-length': String(mostUpload + 1) }).flushHeaders();
      case '/endless':
        return answer.end(Buffer.alloc(mostUpload + 1));
      case '/cut':
        return answer.writeHead(200, { 'content-length': '9' }).write('half', () => answer.destroy());
      case '/scheme':
        return answer.writeHead(301, { location: 'https://127.0.0.1/x' }).end();
      case '/file':
        return answer.writeHead(301, { location: 'file:///etc/passwd' }).end();
      case '/circle':
        return answer.writeHead(307, { location: '/circle' }).end();
      default:
        return answer.writeHead(404).end();
    }
  });
  for (const [url, sentence] of [
    [`${at}/none`, /answered 404/],
    [`${at}/long`, /at most 26214400 bytes/],
    [`${at}/endless`, /at most 26214400 bytes/],
    [`${at}/cut`, /cannot be fetched/],
    [`${at}/scheme`, /another scheme/],
    [`${at}/file`, /another scheme/],
    [`${at}/circle`, /end of 5 others/],
    ['http://127.0.0.1:1/', /cannot be fetched/],
    ['file:///etc/passwd', /`url` must be an http or https address/],
    ['ftp://127.0.0.1/x', /`url` must be an http or https address/],
  ] as const) {
    const refused = await worker.call('kanban_attach_url', { url });
    expect([url, refused]).toMatchObject([
      url,
      { code: 'invalid_input', error: expect.stringMatching(sentence) },
    ]);
  }
  expect(await files()).toEqual([]);
});

test('nothing inside this machine or its network is asked unless a setting says so', async () => {
  const { worker } = await working();
  let asked = 0;
  const at = await serving((_, answer) => {
    asked += 1;
    answer.end('secret');
  });
  const { port } = new URL(at);
  for (const host of ['127.0.0.1', 'localhost', '[::1]', '[::ffff:127.0.0.1]', '2130706433', '0.0.0.0']) {
    const refused = await worker.call('kanban_attach_url', { url: `http://${host}:${port}/x` });
    expect([host, refused]).toMatchObject([
      host,
      { code: 'out_of_scope', error: expect.stringMatching(/attach_private_urls/) },
    ]);
  }
  expect(asked).toBe(0);
});

test.each([
  ['10.1.2.3', 4, true],
  ['100.64.0.1', 4, true],
  ['169.254.169.254', 4, true],
  ['172.31.255.255', 4, true],
  ['192.168.0.1', 4, true],
  ['224.0.0.1', 4, true],
  ['255.255.255.255', 4, true],
  ['::', 6, true],
  ['::ffff:10.0.0.1', 6, true],
  ['64:ff9b::a00:1', 6, true],
  ['fd00::1', 6, true],
  ['fe80::1', 6, true],
  ['172.32.0.1', 4, false],
  ['1.1.1.1', 4, false],
  ['223.255.255.255', 4, false],
  ['2606:4700::1111', 6, false],
])('%s (IPv%i) is inside: %s', (address, family, expected) => {
  expect(isInside(address, family)).toBe(expected);
});
