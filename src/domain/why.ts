import { type Limits, obstacleTo } from './admission.ts';
import { formatDuration } from './duration.ts';
import { type Seconds, toMillis } from './ids.ts';
import type { Standing } from './view.ts';

/** What `why` must know of the home beside the task's board. */
export interface HomeFacts {
  readonly limits: Omit<Limits, 'now'>;
  /** Live gateways that stand for the dispatcher. */
  readonly dispatchers: readonly string[];
}

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
  | 'unassigned'
  | 'no_profile'
  | 'no_gateway'
  | 'process_lingers'
  | 'cooling_down'
  | 'no_slot'
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
      return reason('in_triage', 'It is in triage: it has no specification yet.', 'Somebody specifies it.');
    case 'scheduled':
      return reason('scheduled', 'It was put off.', `\`andon unblock ${task.id}\` brings it back.`);
    case 'review':
      return reason('in_review', 'It waits for a reviewer.', 'A reviewer completes it or asks for changes.');
    case 'todo':
      return waiting(standing, reason);
    case 'blocked':
      return blocked(standing, reason);
    case 'ready':
      return ready(standing, home, reason);
  }
}

type Reason = (code: WhyCode, sentence: string, next: string, ids?: readonly string[]) => Why;

function waiting({ unsatisfied_parents: parents }: Standing, reason: Reason): Why {
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
  const said = block?.reason ? `: ${block.reason}` : ', without a reason.';
  if (block?.sticky === false) {
    return reason(
      'gave_up',
      `It failed too often and was blocked ${ago} ago${said}`,
      `\`andon unblock ${task.id}\` tries again; assigning it to another profile does too.`,
    );
  }
  return reason(
    'blocked',
    `It has been blocked for ${ago}${said}`,
    `Answer with \`andon comment ${task.id} …\`, then \`andon unblock ${task.id}\`.`,
  );
}

const clock = (time: Seconds): string => new Date(toMillis(time)).toISOString().slice(11, 16);

function ready(standing: Standing, home: HomeFacts, reason: Reason): Why {
  const { task } = standing;
  const limits: Limits = { ...home.limits, now: Math.floor(standing.now / 1000) as Seconds };
  const candidate = { task, lingering: standing.lingering !== null, last_run: standing.last_run };
  const obstacle = obstacleTo(candidate, limits, standing.running);
  const earlier = standing.lingering === null ? 'an earlier run' : `run ${standing.lingering.run_id}`;
  if (obstacle?.code === 'unassigned') {
    return reason(
      'unassigned',
      'Nobody is assigned to it.',
      `\`andon assign ${task.id} PROFILE\` gives it to somebody.`,
    );
  }
  if (obstacle?.code === 'no_profile') {
    return reason(
      'no_profile',
      `There is no profile \`${obstacle.profile}\` here that can be started.`,
      `Define profiles/${obstacle.profile}/andon.yaml, assign another, or let an outside worker claim it.`,
    );
  }
  if (home.dispatchers.length === 0) {
    return reason(
      'no_gateway',
      'No gateway is running that dispatches.',
      '`andon gateway start` starts one.',
    );
  }
  switch (obstacle?.code) {
    case 'process_lingers':
      return reason(
        'process_lingers',
        `The process of ${earlier} has not ended yet.`,
        'It starts when that process is gone; it is ended 30 s after its run.',
      );
    case 'cooling_down':
      return reason(
        'cooling_down',
        `Its provider's rate limit was reached.`,
        `It is tried again at ${clock(obstacle.until)} UTC.`,
      );
    case 'no_slot':
      return reason(
        'no_slot',
        `All slots are taken (${obstacle.running}/${obstacle.limit}).`,
        standing.ahead === 0 ? 'It is the next to start.' : `Tasks before it: ${standing.ahead}.`,
      );
    case undefined:
      return reason('starting', 'Nothing holds it.', 'The dispatcher is about to start it.');
  }
}
