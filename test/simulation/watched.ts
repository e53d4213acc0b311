import { ok } from '../../src/domain/errors.ts';
import type { BoardId } from '../../src/domain/ids.ts';
import type { Kernel } from '../../src/kernel/kernel.ts';
import type { Actor } from './scheduler.ts';

/** What a broken build hands to the kernel instead of what it was given; `undefined` when it does not ask it at all. */
export type Rewrite = (command: string, board: BoardId, input: object) => object | undefined;

/**
 * A kernel that writes down what its actor asks, so that trace and invariants know, and calls `onCall` each time; `rewrite`
 * breaks a rule on purpose.
 */
export function watched(kernel: Kernel, actor: Actor, onCall: () => void, rewrite?: Rewrite): Kernel {
  return new Proxy(kernel, {
    get: (target, name) => {
      const method: unknown = Reflect.get(target, name);
      if (typeof method !== 'function' || ['follow', 'release', 'close'].includes(String(name)))
        return method;
      const command = String(name);
      return async (board: BoardId, input: object) => {
        const asked = rewrite ? rewrite(command, board, input) : input;
        if (asked === undefined) return ok(null);
        actor.doing = { command, input };
        onCall();
        return await Reflect.apply(method, target, [board, asked]);
      };
    },
  });
}
