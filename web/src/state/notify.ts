import type { FeedEvent } from '../../../src/surfaces/http/wire.ts';
import { t } from '../strings.ts';
import { formatRoute } from './address.ts';
import { newest } from './live.ts';
import { prefs, setPrefs } from './prefs.ts';
import { currentRoute } from './route.ts';

/** Says on the desktop that somebody is wanted: only when that was asked for, and never for what one is looking at. */

export const canNotify = 'Notification' in window;

/** What calls for a person, and the field of its event that says why. */
const calls: Readonly<Record<string, readonly [title: (task: string) => string, why: string]>> = {
  blocked: [t.wanted.blocked, 'reason'],
  gave_up: [t.wanted.gave_up, 'error'],
  review_requested: [t.wanted.review_requested, 'summary'],
};

/** Asks the browser for leave, from a button only; gives whether it may be done now. */
export async function startNotifying(): Promise<boolean> {
  const notify = (await Notification.requestPermission()) === 'granted';
  setPrefs({ notify });
  return notify;
}

/** Listens for as long as the page is open; gives back how to end it. */
export const notifyOfCalls = (): (() => void) =>
  newest.subscribe(() => {
    const event = newest.get();
    if (event !== undefined) void notify(event);
  });

async function notify({ board, task_id, kind, title, payload }: FeedEvent): Promise<void> {
  const call = calls[kind];
  if (call === undefined || !canNotify || !prefs.get().notify || Notification.permission !== 'granted')
    return;
  const { task } = currentRoute();
  if (document.visibilityState === 'visible' && task?.board === board && task.id === task_id) return;
  const [say, field] = call;
  const why = payload?.[field];
  const hash = formatRoute({ page: 'board', board, task: { board, id: task_id }, filter: {} });
  const options = {
    body: typeof why === 'string' ? why : '',
    icon: '/icon-192.png',
    // Of two pages that say the same, one is shown.
    tag: `${board} ${task_id}`,
    data: hash,
  };
  // A phone takes them from the service worker only, and it is there when the page is closed before somebody answers.
  const registration = await navigator.serviceWorker?.getRegistration();
  if (registration?.active) return registration.showNotification(say(title ?? task_id), options);
  const shown = new Notification(say(title ?? task_id), options);
  shown.onclick = () => {
    window.focus();
    location.hash = hash;
  };
}

/** Goes where a notification leads that the service worker was clicked for. */
export function followNotifications(): () => void {
  const follow = ({ data }: MessageEvent<unknown>): void => {
    if (typeof data === 'string' && data.startsWith('#/')) location.hash = data;
  };
  navigator.serviceWorker?.addEventListener('message', follow);
  return () => navigator.serviceWorker?.removeEventListener('message', follow);
}
