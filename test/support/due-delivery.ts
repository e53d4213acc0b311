import { asEventId, asMillis, asProfileName, asSeconds, asTaskId } from '../../src/domain/ids.ts';
import type { DueDelivery } from '../../src/domain/view.ts';

const task_id = asTaskId('t_1a2b3c4d');
const event_id = asEventId(3);

/** A delivery of a completion that is due, but for what is said of it; `kind` and `payload` are those of its event. */
export const dueDelivery = ({
  kind = 'completed',
  payload = null,
  ...own
}: Partial<DueDelivery> & Partial<Pick<DueDelivery['event'], 'kind' | 'payload'>>): DueDelivery => ({
  task_id,
  platform: 'email',
  chat_id: 'ana@example.org',
  thread_id: '',
  id: 41,
  event_id,
  reminder: 0,
  state: 'pending',
  attempts: 0,
  last_error: null,
  sent_at: null,
  next_try_at: asMillis(5000),
  created_at: asMillis(5000),
  delivery_mode: 'notify',
  delivery_metadata: null,
  last_ping_event_id: asEventId(0),
  event: { id: event_id, task_id, run_id: null, kind, payload, created_at: asSeconds(5) },
  title: 'Fix the login',
  assignee: asProfileName('coder'),
  result: null,
  workspace_path: null,
  spent: null,
  ...own,
});
