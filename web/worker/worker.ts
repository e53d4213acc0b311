/**
 * The service worker of the page: it has the shell at hand when the gateway is away, so that a reload shows the board's page and
 * not the browser's own. It keeps the page and its files and nothing that the API says; what it does not know it leaves alone.
 */

declare const self: ServiceWorkerGlobalScope;

const store = 'andon-shell';
/** Written by the build: every file of the page. */
const list = '/shell.json';

self.addEventListener('install', (event) => {
  event.waitUntil(keepAll().then(() => self.skipWaiting()));
});

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const { origin, pathname, search } = new URL(request.url);
  if (request.method !== 'GET' || origin !== self.location.origin) return;
  if (request.mode === 'navigate') {
    if (pathname === '/' && search === '') event.respondWith(newest(event, keepAll));
  } else if (pathname.startsWith('/assets/')) event.respondWith(kept(request));
  else if (/^\/[\w-]+\.(?:svg|png|webmanifest)$/.test(pathname)) event.respondWith(newest(event));
});

/** Somebody answers a notification: the page that is open goes there, else one is opened. */
self.addEventListener('notificationclick', (event) => {
  event.notification.close();
  event.waitUntil(show(String(event.notification.data)));
});

async function show(hash: string): Promise<void> {
  const [page] = await self.clients.matchAll({ type: 'window', includeUncontrolled: true });
  if (page === undefined) await self.clients.openWindow(`/${hash}`);
  else (await page.focus()).postMessage(hash);
}

/** A file with a hash in its name is the same for good. */
async function kept(request: Request): Promise<Response> {
  return (await caches.match(request, { ignoreVary: true })) ?? fetch(request);
}

/** What the gateway says, else what it said last; `after` is done when it has answered. */
async function newest(event: FetchEvent, after?: () => Promise<void>): Promise<Response> {
  try {
    const answer = await fetch(event.request);
    // What could not be kept now is kept the next time.
    if (answer.ok && after !== undefined) event.waitUntil(after().catch(() => undefined));
    return answer;
  } catch (error) {
    const last = await caches.match(new URL(event.request.url).pathname, { ignoreVary: true });
    if (last === undefined) throw error;
    return last;
  }
}

/** Keeps the page as it is now and each of its files that is not kept yet, and forgets those of an earlier build. */
async function keepAll(): Promise<void> {
  const answer = await fetch(list, { cache: 'no-cache' });
  if (!answer.ok) return;
  const files: readonly string[] = await answer.json();
  const cache = await caches.open(store);
  const there = new Set((await cache.keys()).map(({ url }) => new URL(url).pathname));
  // Only they change under the same name.
  const changing = files.filter((file) => !file.startsWith('/assets/'));
  await cache.addAll(['/', ...changing, ...files.filter((file) => !there.has(file))].filter(unique));
  const wanted = new Set(['/', ...files]);
  await Promise.all([...there].filter((file) => !wanted.has(file)).map((file) => cache.delete(file)));
}

const unique = (file: string, index: number, all: readonly string[]): boolean => all.indexOf(file) === index;
