import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openInside, streamOf } from '../stored-files.ts';

/** The dashboard's page, when it was built; else a plain one that says what there is. */

/** Only what the page itself brings may run in it: its scripts carry the nonce of this one answer. */
const policy = (nonce: string): string =>
  [
    "default-src 'none'",
    `script-src 'nonce-${nonce}' 'strict-dynamic'`,
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "manifest-src 'self'",
    "worker-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; ');

/** The service worker is no page: it asks for files of this server, and nothing else. */
const workerPath = 'worker.js';
const workerPolicy = "default-src 'none'; connect-src 'self'; frame-ancestors 'none'";

const types: Readonly<Record<string, string>> = {
  css: 'text/css; charset=utf-8',
  ico: 'image/x-icon',
  js: 'text/javascript; charset=utf-8',
  json: 'application/json',
  png: 'image/png',
  svg: 'image/svg+xml',
  webmanifest: 'application/manifest+json',
  woff2: 'font/woff2',
};

/** The page itself; scripts in it get the nonce. */
export async function indexPage(folder: string | undefined): Promise<Response> {
  const nonce = randomBytes(16).toString('base64url');
  const built = folder === undefined ? undefined : await readFile(join(folder, 'index.html'), 'utf8');
  const html = (built ?? plainPage).replaceAll(/<script(?=[\s>])/g, `<script nonce="${nonce}"`);
  return htmlResponse(html, 200, policy(nonce));
}

/** A file of the built page; one with a hash in its name never changes. */
export async function assetOf(
  folder: string | undefined,
  path: string,
  accepts: string | undefined,
): Promise<Response | undefined> {
  if (folder === undefined || /(^|\/)\.|\\|\0/.test(path)) return undefined;
  const type = types[path.split('.').at(-1) ?? ''];
  if (type === undefined) return undefined;
  const wanted = join(folder, path);
  // The build lays a pressed twin beside what is worth it.
  const pressed = /\bgzip\b/.test(accepts ?? '') ? await openInside(folder, `${wanted}.gz`) : undefined;
  const file = pressed ?? (await openInside(folder, wanted));
  if (file === undefined) return undefined;
  const { size } = await file.stat();
  const hashed = /[-.][A-Za-z0-9_-]{8,}\.\w+$/.test(path);
  return new Response(streamOf(file), {
    headers: {
      'content-type': type,
      'content-length': String(size),
      vary: 'accept-encoding',
      ...(path === workerPath && { 'content-security-policy': workerPolicy }),
      ...(pressed !== undefined && { 'content-encoding': 'gzip' }),
      'cache-control': hashed ? 'private, max-age=31536000, immutable' : 'private, no-cache',
    },
  });
}

/** What a browser is told that nobody has signed in. */
export const signInPage = (sentence: string, status: number): Response =>
  htmlResponse(
    shell(
      `<h1>Andon</h1><p>${escaped(sentence)}</p><p>Run <code>andon dashboard</code> on the machine of the gateway: it opens a link that signs this browser in.</p>`,
    ),
    status,
    "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
  );

const htmlResponse = (html: string, status: number, csp: string): Response =>
  new Response(html, {
    status,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': csp,
      'cache-control': 'no-store',
    },
  });

const escaped = (text: string): string => text.replaceAll(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);

const shell = (body: string): string =>
  `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Andon</title><style>body{font:16px/1.5 system-ui,sans-serif;max-width:40rem;margin:4rem auto;padding:0 1rem;color:#222;background:#fff}@media(prefers-color-scheme:dark){body{color:#ddd;background:#181818}a{color:#8bf}}code{font-family:ui-monospace,monospace}</style></head><body>${body}</body></html>`;

const plainPage = shell(
  '<h1>Andon</h1><p>You are signed in. The page of the dashboard is not part of this installation; the API is: <a href="/api/v1/openapi.json">its description</a>, <a href="/api/v1/boards">the boards</a>, <a href="/metrics">metrics</a>.</p>',
);
