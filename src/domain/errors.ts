import type { NewEvent } from './event.ts';
import type { RunId, TaskId } from './ids.ts';

/**
 * Every reason for which a command is refused. A refusal is a value: the board is untouched, and the same code, sentence
 * and ids reach a person through CLI, MCP, HTTP and page. `docs/errors.md` lists them, and a test compares.
 */
export const refusalCodes = {
  already_running: 'The task is running, and this would change it under its worker.',
  blank_text: 'A text that must not be blank is blank.',
  changed_meanwhile: 'The task has changed since the caller read it.',
  cycle: 'The link would make a task wait for itself.',
  invalid_input: 'A value breaks its rule; the sentence names the value and the rule.',
  not_claimable: 'Somebody else holds the claim of the task, or a process of its earlier run may still live.',
  not_leader: 'Another gateway has taken over since; this one must not write any more.',
  not_linked: 'There is no such link.',
  not_running: 'The task has no open run.',
  not_paused: 'There is no such pause.',
  out_of_scope: 'The caller may not do this, or not to this task.',
  parents_not_done: 'A parent is neither done nor archived.',
  paused: 'The board, the profile or the tenant of the task is paused, so the dispatcher does not start it.',
  phantom_cards: 'The completion names cards that the task did not create.',
  stale_press: 'The button belongs to something that was settled, or has moved on, since.',
  stale_run: 'The run that is writing no longer holds the task.',
  unknown_attachment: 'There is no such attachment.',
  unknown_board: 'There is no such board.',
  unknown_delivery: 'There is no such delivery.',
  unknown_loop: 'There is no such loop.',
  unknown_person: 'Nobody was paired under that id.',
  unknown_run: 'There is no such run.',
  unknown_task: 'There is no such task.',
  unknown_subscription: 'There is no such subscription.',
  unknown_token: 'There is no such token, or it counts no more.',
  worker_alive: 'A worker process of the task may still live, and only it may answer for the task.',
  wrong_status: 'The command does not apply to a task in this status.',
} as const;
export type RefusalCode = keyof typeof refusalCodes;

export interface Refusal {
  readonly code: RefusalCode;
  /** One sentence: what was expected, what was given, what to do next. */
  readonly sentence: string;
  readonly ids: readonly string[];
  /** A trace that must be kept although nothing else happens (`claim_rejected`, phantom cards). */
  readonly record?: { readonly task_id: TaskId; readonly run_id: RunId | null; readonly event: NewEvent };
}

export type Result<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly refusal: Refusal };

export const ok = <Value>(value: Value): Result<Value> => ({ ok: true, value });

export const refuse = (code: RefusalCode, sentence: string, ids: readonly string[] = []): Result<never> => ({
  ok: false,
  refusal: { code, sentence, ids },
});

export const unknownTask = (id: string): Result<never> =>
  refuse('unknown_task', `No task ${id} on this board; \`andon list --archived\` shows every id.`, [id]);
