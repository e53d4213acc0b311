/**
 * While a simulation runs, code of the product that asks the real clock, real randomness or a real timer throws: such a
 * run could not be repeated. Others in this process, as the test runner, are not disturbed.
 */
export async function poisoned<T>(work: () => Promise<T>): Promise<T> {
  if (running++ === 0) spoil();
  try {
    return await work();
  } finally {
    if (--running === 0) restore();
  }
}

let running = 0;
const real = {
  now: Date.now,
  random: Math.random,
  setTimeout: globalThis.setTimeout,
  setInterval: globalThis.setInterval,
  fetch: globalThis.fetch,
};

function refuseProduct(what: string): void {
  const caller = new Error(what).stack?.split('\n')[3] ?? '';
  if (/\/src\//.test(caller)) throw new Error(`${what} was called in a simulation, ${caller.trim()}.`);
}

function spoil(): void {
  Date.now = () => {
    refuseProduct('Date.now');
    return real.now();
  };
  Math.random = () => {
    refuseProduct('Math.random');
    return real.random();
  };
  globalThis.setTimeout = spoiled('setTimeout', real.setTimeout);
  globalThis.setInterval = spoiled('setInterval', real.setInterval);
  globalThis.fetch = spoiled('fetch', real.fetch);
}

const spoiled = <F extends (...args: never[]) => unknown>(what: string, call: F): F =>
  new Proxy(call, {
    apply: (target, self, args) => {
      refuseProduct(what);
      return Reflect.apply(target, self, args);
    },
  });

function restore(): void {
  Date.now = real.now;
  Math.random = real.random;
  globalThis.setTimeout = real.setTimeout;
  globalThis.setInterval = real.setInterval;
  globalThis.fetch = real.fetch;
}
