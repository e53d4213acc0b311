import type { Driver, Order } from './driver.ts';
import type { AgentEvent } from './events.ts';

/** An agent that is talked to while it works, by lines of JSON on its standard input. */
export interface TalkingDriver extends Omit<Driver, 'read'> {
  converse(order: Order): Conversation;
}

/**
 * One turn of work, from our side: what to write next, whatever was heard. It knows neither processes nor time. The input is
 * closed after the event `end`; then the agent ends by itself.
 */
export interface Conversation {
  /** What is written first. */
  begin(): readonly string[];
  hear(line: unknown, now: number): Heard;
  /** More words of the user, for the turn that runs. */
  steer(text: string): readonly string[];
  /** Ends the turn, not the process. */
  cancel(): readonly string[];
  /** Answers the event `permission` (or `question`, with `text`) of this id. */
  answer(id: string, allowed: boolean, text?: string): readonly string[];
}

export interface Heard {
  /** `undefined`: the line is of no known kind. */
  readonly events: readonly AgentEvent[] | undefined;
  /** What it has to be told at once. */
  readonly say: readonly string[];
}

export const jsonLine = (value: unknown): string => `${JSON.stringify(value)}\n`;
