import type { Kernel } from '../kernel/kernel.ts';

/** A kernel whose every command is signed by `actor`, who then stands in the events as `by`. */
export const signedKernel = (kernel: Kernel, actor: string): Kernel =>
  new Proxy(kernel, {
    get: (target, name, self) => {
      const method: unknown = Reflect.get(target, name, self);
      if (typeof method !== 'function') return method;
      return (board: unknown, input: unknown) =>
        Reflect.apply(method, target, [
          board,
          typeof input === 'object' && input !== null ? { actor, ...input } : input,
        ]);
    },
  });
