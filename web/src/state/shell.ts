/**
 * Lets the browser keep the page itself, for when the gateway is away. Browsers do so over TLS and on this very machine only, and
 * not in every mode; without it the page works as well, as long as there is a gateway.
 */
export function keepShell(): void {
  if (!import.meta.env.PROD || !('serviceWorker' in navigator)) return;
  navigator.serviceWorker.register('/worker.js').catch(() => undefined);
}
