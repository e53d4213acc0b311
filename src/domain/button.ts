import { asEventId, asTaskId, type BoardId, type EventId, parseBoardId, type TaskId } from './ids.ts';

/** What a person can answer a message with by one press. */
export const buttonNames = [
  'answer',
  'unblock',
  'retry',
  'approve',
  'changes',
  'reassign',
  'stop',
  'ack',
] as const;
export type ButtonName = (typeof buttonNames)[number];

export interface ButtonWords {
  readonly label: string;
  /** What is told of whoever pressed it. */
  readonly past: string;
  /** What to ask for before it can be done. */
  readonly asks?: string;
}

export const buttonWords: Readonly<Record<ButtonName, ButtonWords>> = {
  answer: { label: 'Answer', past: 'answered', asks: 'Your answer' },
  unblock: { label: 'Unblock', past: 'unblocked it' },
  retry: { label: 'Retry', past: 'let it try again' },
  approve: { label: 'Approve', past: 'approved it' },
  changes: { label: 'Request changes', past: 'asked for changes', asks: 'What has to change' },
  reassign: { label: 'Reassign', past: 'gave it to somebody else' },
  stop: { label: 'Stop', past: 'stopped it' },
  ack: { label: 'I am on it', past: 'is on it' },
};

const offered: Readonly<Record<string, readonly ButtonName[]>> = {
  blocked: ['answer', 'unblock', 'reassign'],
  block_loop_detected: ['answer'],
  gave_up: ['retry', 'answer', 'reassign'],
  review_requested: ['approve', 'changes', 'reassign'],
  failed: ['stop'],
  crashed: ['stop'],
  timed_out: ['stop'],
};

/** The buttons below the message of an event; a reminder has one more, which ends the reminding. */
export const buttonsOf = (kind: string, reminder: number): readonly ButtonName[] => [
  ...(reminder > 0 ? (['ack'] as const) : []),
  ...(offered[kind] ?? []),
];

/** What a button carries: for which event of which task it stands. */
export interface Press {
  readonly button: ButtonName;
  readonly task_id: TaskId;
  readonly event_id: EventId;
  /** `null` when the platform had no room for it: the board is the one that has the task. */
  readonly board: BoardId | null;
  /** To whom it is given. */
  readonly assignee: string | null;
}

/** `unblock 42 t_1a2b3c4d web`, in at most `most` bytes of ASCII; without the board when there is no room, else nothing. */
export function pressText(
  { button, task_id, event_id, board, assignee }: Press,
  most: number,
): string | undefined {
  const name = assignee === null ? button : `${button}=${assignee}`;
  const brief = `${name} ${event_id} ${task_id}`;
  const whole = board === null ? brief : `${brief} ${board}`;
  return [whole, brief].find((text) => text.length <= most);
}

export function parsePress(text: string): Press | undefined {
  const [name = '', event = '', task = '', slug] = text.split(' ');
  const [word, assignee] = name.split('=');
  const button = buttonNames.find((known) => known === word);
  if (button === undefined || !/^\d+$/.test(event) || task === '') return undefined;
  return {
    button,
    task_id: asTaskId(task),
    event_id: asEventId(Number(event)),
    board: slug === undefined ? null : (parseBoardId(slug) ?? null),
    assignee: assignee ?? null,
  };
}
