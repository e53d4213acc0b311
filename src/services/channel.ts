import type { BoardId } from '../domain/ids.ts';
import type { DueDelivery } from '../domain/view.ts';

/** A way to reach people. It answers what became of one message and never throws for the far side's faults. */
export interface Channel {
  readonly platform: string;
  /** False when nobody can be told there, only an agent be woken. */
  readonly tells?: false;
  send(board: BoardId, delivery: DueDelivery): Promise<Sent>;
  /** Sends several that were held back as one message; without it they are sent one by one. */
  sendDigest?(board: BoardId, deliveries: readonly DueDelivery[]): Promise<Sent>;
}

export type Sent =
  | { readonly ok: true }
  /** `final`: trying again cannot help. `retryAfter`: the far side's own wish, in milliseconds. */
  | {
      readonly ok: false;
      readonly error: string;
      readonly final: boolean;
      readonly retryAfter?: number | undefined;
    };

/** What stays the same over all attempts at one message, by which a receiver drops a repetition. */
export const deliveryKey = (board: BoardId, { id }: Pick<DueDelivery, 'id'>): string =>
  `andon_${board}_${id}`;
