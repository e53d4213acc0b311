import { type BoardRest, type Limits, type Obstacle, obstacleTo } from './admission.ts';
import { formatDuration } from './duration.ts';
import { type BoardId, toMillis } from './ids.ts';
import { loadOf, type Slot, slotOf } from './load.ts';
import { clockTime, explain } from './obstacle.ts';
import type { Standing } from './standing.ts';
import type { BlockKind } from './task.ts';
import { saying } from './text.ts';

/** What `why` must know of the home beside the task's board. */
export interface HomeFacts {
  readonly limits: Omit<Limits, 'now' | 'rests'>;
  /** The task's board, and what runs on the others: slots are counted over all of them. */
  readonly board: BoardId;
  readonly elsewhere: readonly Slot[];
  /** What rests there. */
  readonly rests: readonly BoardRest[];
  /** Live gateways that stand for the dispatcher. */
  readonly dispatchers: readonly string[];
  /** A live Hermes gateway that dispatches here: ours stand aside for it. */
  readonly hermes: HermesDispatcher | null;
  /** Why the gateway that dispatches does not work on the board, when its database is broken. */
  readonly aside: string | null;
}

/** A Hermes gateway that dispatches on a home; `pid` is null when the system does not tell whose it is. */
export interface HermesDispatcher {
  readonly pid: number | null;
}

/** How sentences name it. */
export const hermesName = ({ pid }: HermesDispatcher): string =>
  pid === null ? 'a Hermes gateway' : `a Hermes gateway (pid ${pid})`;

/** Why a task is not running, and what happens next: one sentence each, and a code for programs. */
export interface Why {
  readonly code: WhyCode;
  readonly sentence: string;
  readonly next: string;
  /** Tasks that have to do with it. */
  readonly ids: readonly string[];
}

export type WhyCode =
  | 'running'
  | 'done'
  | 'archived'
  | 'in_triage'
  | 'scheduled'
  | 'waits_for_parents'
  | 'to_be_promoted'
  | 'blocked'
  | 'gave_up'
  | 'in_review'
  | 'held'
  | 'no_gateway'
  | 'hermes_dispatches'
  | 'board_set_aside'
  | 'foreign_status'
  | Obstacle['code']
  | 'starting';

/** The reason is the obstacle that must go first; the same rules as admission's. */
export function why(standing: Standing, home: HomeFacts): Why {
  const { task } = standing;
  const reason = (code: WhyCode, sentence: string, next: string, ids: readonly string[] = []): Why => ({
    code,
    sentence,
    next,
    ids,
  });
  if (task.foreign_status !== undefined) {
    return reason(
      'foreign_status',
      `Another program made it "${task.foreign_status}", which is not a status of Andon's.`,
      'That program moves it on.',
    );
  }
  switch (task.status) {
    case 'running':
      return reason(
        'running',
        `It is running for ${task.assignee ?? 'an outside worker'}.`,
        'Its worker completes or blocks it.',
      );
    case 'done':
      return reason('done', 'It is done.', 'Nothing more happens.');
    case 'archived':
      return reason('archived', 'It is archived.', 'Nothing more happens.');
    case 'triage':
      return triage(standing, reason);
    case 'scheduled':
      return scheduled(standing, reason);
    case 'todo':
      return waiting(standing, reason);
    case 'blocked':
      return blocked(standing, reason);
    case 'ready':
    case 'review':
      return ready(standing, home, reason);
  }
}

type Reason = (code: WhyCode, sentence: string, next: string, ids?: readonly string[]) => Why;

function triage({ task, loop }: Standing, reason: Reason): Why {
  if (loop === null) {
    return reason(
      'in_triage',
      'It is in triage: it has no specification yet.',
      `Somebody specifies it: \`andon specify ${task.id}\` brings it on its way.`,
    );
  }
  const said = saying(loop.reason, ', without a reason.');
  return reason(
    'in_triage',
    `It is in triage: it was blocked ${loop.recurrences} times in a row by ${obstacleNames[loop.kind] ?? loop.kind}${said}`,
    `Change what blocks it (\`andon edit\`, \`andon comment\`), then \`andon specify ${task.id}\`.`,
  );
}

/** How sentences name a kind of block. */
const obstacleNames: Readonly<Record<string, string>> = {
  dependency: 'a dependency',
  needs_input: 'missing input',
  capability: 'a missing capability',
  transient: 'a passing trouble',
} satisfies Record<BlockKind, string>;

function scheduled({ task, scheduled_at: at, now }: Standing, reason: Reason): Why {
  const earlier = `\`andon unblock ${task.id}\` brings it back`;
  if (at === null) return reason('scheduled', 'It was put off without a time.', `${earlier}.`);
  const left = at - now;
  return reason(
    'scheduled',
    `It is scheduled for ${clockTime(at, now)} (${left > 0 ? `in ${formatDuration(left)}` : 'now'}).`,
    `It wakes by itself then; ${earlier} earlier.`,
  );
}

function waiting({ task, unsatisfied_parents: parents }: Standing, reason: Reason): Why {
  if (parents.length === 0 && task.block_kind === 'dependency') {
    return reason(
      'to_be_promoted',
      'Its worker said that it depends on something, but no parent of it is open.',
      'The dispatcher tries it again at its next full pass; `andon link` names what it waits for.',
    );
  }
  if (parents.length === 0) {
    return reason(
      'to_be_promoted',
      'Nothing holds it any more.',
      'The dispatcher makes it ready at its next pass.',
    );
  }
  const named = parents.map((parent) => `${parent.id} (${parent.status})`).join(', ');
  const ids = parents.map((parent) => parent.id);
  return reason(
    'waits_for_parents',
    `It waits for ${named}.`,
    'It becomes ready when the last of them is done.',
    ids,
  );
}

function blocked(standing: Standing, reason: Reason): Why {
  const { task, blocked: block, now } = standing;
  // Nobody blocked it, and its failures were forgiven meanwhile: it waits like any other.
  if (block?.sticky === false && task.consecutive_failures === 0) return waiting(standing, reason);
  const ago = block ? formatDuration(Math.max(0, now - toMillis(block.since))) : 'some time';
  const said = saying(block?.reason, ', without a reason.');
  if (block?.sticky === false) {
    return reason(
      'gave_up',
      `It failed too often and was blocked ${ago} ago${said}`,
      `\`andon unblock ${task.id}\` tries again; assigning it to another profile does too.`,
    );
  }
  const kind = task.block_kind === null ? '' : ` by ${obstacleNames[task.block_kind] ?? task.block_kind}`;
  return reason(
    'blocked',
    `It has been blocked for ${ago}${kind}${said}`,
    `Answer with \`andon comment ${task.id} …\`, then \`andon unblock ${task.id}\`.`,
  );
}

const before = (ahead: number): string =>
  ahead === 1
    ? 'One task of this board is more important or older.'
    : `${ahead} tasks of this board are more important or older.`;

/** A task that the dispatcher starts by itself: one that is ready, or waits for the review of a profile. */
function ready(standing: Standing, home: HomeFacts, reason: Reason): Why {
  const { task, now, pauses, budgets, lingering } = standing;
  if (standing.unsatisfied_parents.length > 0) return waiting(standing, reason);
  if (task.claim_lock !== null) {
    return reason(
      'held',
      `${task.claim_lock} holds its claim, although it does not run.`,
      `\`andon reclaim ${task.id}\` frees it.`,
    );
  }
  const { board, elsewhere } = home;
  const load = loadOf([...standing.slots.map((slot) => slotOf(slot, board)), ...elsewhere]);
  const candidate = { task, lingering: lingering !== null, last_run: standing.last_run };
  const rests = [...standing.rests.map((rest) => ({ ...rest, board })), ...home.rests];
  const obstacle = obstacleTo(candidate, { board, pauses, budgets }, { ...home.limits, now, rests }, load);
  const said = (kept: Obstacle): Why => {
    const { sentence, next } = explain(task, kept, now);
    const waits = 'limit' in kept && standing.ahead > 0;
    return reason(kept.code, sentence, waits ? `${next} ${before(standing.ahead)}` : next);
  };
  const unstartable = obstacle?.code === 'unassigned' || obstacle?.code === 'no_profile';
  if (unstartable && task.status === 'review') {
    return reason('in_review', 'It waits for a reviewer.', 'A reviewer completes it or asks for changes.');
  }
  if (obstacle?.code === 'unassigned' || obstacle?.code === 'review_by_hand') return said(obstacle);
  if (home.hermes !== null) {
    return reason(
      'hermes_dispatches',
      `On this home ${hermesName(home.hermes)} dispatches, so Andon does not.`,
      'It is left to that gateway; Andon dispatches as soon as it is gone.',
    );
  }
  if (obstacle?.code === 'no_profile' || obstacle?.code === 'profile_left_out') return said(obstacle);
  if (home.dispatchers.length === 0) {
    return reason(
      'no_gateway',
      'No gateway is running that dispatches.',
      '`andon gateway start` starts one.',
    );
  }
  if (home.aside !== null) {
    return reason(
      'board_set_aside',
      `The gateway has set its board aside: ${home.aside.replace(/\.$/, '')}.`,
      'It is tried again when its database changes, and every five minutes; `andon doctor` tells more.',
    );
  }
  if (obstacle !== null) return said(obstacle);
  return reason('starting', 'Nothing holds it.', 'The dispatcher is about to start it.');
}
