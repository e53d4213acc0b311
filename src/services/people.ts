import type { PeopleFacts } from '../domain/inbox.ts';
import type { Settings } from './settings.ts';

/** What tells whether a task waits for a person or for a worker. */
export const peopleFacts = (
  settings: Pick<Settings, 'review_dispatch' | 'default_assignee' | 'dispatch_profiles'>,
  startable: Iterable<string>,
): PeopleFacts => ({
  startable: [...startable].filter((name) => settings.dispatch_profiles?.includes(name) ?? true),
  reviewed_by_workers: settings.review_dispatch,
  has_default_assignee: settings.default_assignee !== '',
});
