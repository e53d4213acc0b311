import type { Place } from '../../domain/place.ts';
import type { Sent } from '../channel.ts';

/** What an adapter of a chat platform is: it hears and sends, and decides nothing. */
export interface ChatPlatform {
  readonly name: string;
  /**
   * Hears what is said until `signal` fires, and resolves then; rejects when the connection cannot be had or is lost. Each
   * thing is heard once more after a crash, with the same id. `connected` is called when it begins to hear.
   */
  listen(signal: AbortSignal, heard: (said: Said) => Promise<void>, connected: () => void): Promise<void>;
  /** Sends one message; never throws for the far side's faults. */
  send(place: Place, message: ChatMessage): Promise<Sent>;
  /** Sends files after a message, in as few messages as the platform allows. Rejects when it cannot. */
  sendFiles(place: Place, files: readonly ChatFile[]): Promise<void>;
  /** Answers what the platform posts to `/chat/<name>` of the gateway, where it is one that posts. */
  receive?(posted: Posted): Promise<Receipt>;
}

/** A request of anybody's: whoever receives it finds out whether the platform has sent it. */
export interface Posted {
  readonly headers: Headers;
  readonly body: Uint8Array;
}

export interface Receipt {
  readonly status: 200 | 401 | 503;
  readonly json?: unknown;
}

export interface ChatMessage {
  readonly text: string;
  readonly buttons?: readonly ChatButton[];
  /** The message that it answers, if that is still there; nothing where a thread shows it. */
  readonly answers?: string | undefined;
  /** Asks for words: whoever replies to it says them, or who speaks next in its thread where there are no replies. */
  readonly asks?: boolean;
  /** The same whenever this is sent again: where the platform heeds it, it is shown once. */
  readonly key?: string;
}

export interface ChatFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

export interface ChatButton {
  readonly label: string;
  /** At most 64 bytes, which is what the tightest platform carries. */
  readonly data: string;
}

interface Heard {
  /** The same whenever this is heard again. */
  readonly id: string;
  readonly place: Place;
  readonly user: ChatUser;
}

export interface ChatUser {
  readonly id: string;
  readonly name: string;
}

export interface Spoken extends Heard {
  readonly kind: 'spoken';
  readonly text: string;
  /** `answers` of what is said to it. */
  readonly message: string;
  /**
   * The text of the message of ours that it replies to. Where there are no replies: of the open question in its thread; or, with a
   * file, the id of the task that the newest message of ours there is about.
   */
  readonly replied: string | null;
  /** Where there are no replies: the question that `replied` gives is answered, and what is said next answers it no more. */
  answered?(words: string): Promise<void>;
  /** Said to us alone, not in a group. */
  readonly alone: boolean;
  /** What was sent with it. */
  readonly files?: readonly SpokenFile[];
}

/** A file that somebody sent. */
export interface SpokenFile {
  /** The same whenever this is heard again. */
  readonly id: string;
  readonly name: string;
  /** As the platform says. */
  readonly type: string | null;
  /** In bytes, if the platform says. */
  readonly size: number | null;
  /** Its content; rejects when it cannot be had, or has more than `most` bytes. */
  content(most: number): Promise<Uint8Array>;
}

export interface Pressed extends Heard {
  readonly kind: 'pressed';
  readonly data: string;
  /** Tells whoever pressed what became of it; `settled` takes the buttons away and leaves that word below the message. */
  answer(words: string, settled: boolean): Promise<void>;
}

export type Said = Spoken | Pressed;

export const mostButtonBytes = 64;
