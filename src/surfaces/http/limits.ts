/** Counts what may be had so often and no oftener: requests, guesses, streams. */

interface Bucket {
  left: number;
  at: number;
}

/** Most names that are remembered; the ones seen longest ago are forgotten first. */
const remembered = 10_000;

export interface Rate {
  /** Takes one of `key`'s; gives the seconds to wait when none is left. */
  take(key: string): number | undefined;
  /** The seconds to wait until one is there; takes none. */
  wait(key: string): number | undefined;
}

/** Each key has `burst`, which grows back by `perSecond`; 0 per second is no limit. `now` is in milliseconds. */
export function createRate(now: () => number, perSecond: number, burst: number): Rate {
  const buckets = new Map<string, Bucket>();
  const current = (key: string): Bucket => {
    const bucket = buckets.get(key) ?? { left: burst, at: now() };
    buckets.delete(key);
    bucket.left = Math.min(burst, bucket.left + ((now() - bucket.at) / 1000) * perSecond);
    bucket.at = now();
    buckets.set(key, bucket);
    const [oldest] = buckets.keys();
    if (buckets.size > remembered && oldest !== undefined) buckets.delete(oldest);
    return bucket;
  };
  const missing = ({ left }: Bucket): number | undefined =>
    left >= 1 ? undefined : Math.max(1, Math.ceil((1 - left) / perSecond));
  return {
    take: (key) => {
      if (perSecond === 0) return undefined;
      const bucket = current(key);
      const wait = missing(bucket);
      if (wait === undefined) bucket.left -= 1;
      return wait;
    },
    wait: (key) => (perSecond === 0 ? undefined : missing(current(key))),
  };
}

export interface Places {
  /** Takes a place for `key`, and gives what gives it back, once; nothing when all are taken. */
  take(key: string): (() => void) | undefined;
  readonly taken: number;
}

/** So many at once of all, and of one key. */
export function createPlaces(most: number, mostOfOne: number): Places {
  const byKey = new Map<string, number>();
  let taken = 0;
  return {
    take: (key) => {
      const own = byKey.get(key) ?? 0;
      if (taken >= most || own >= mostOfOne) return undefined;
      taken += 1;
      byKey.set(key, own + 1);
      let given = true;
      return () => {
        if (!given) return;
        given = false;
        taken -= 1;
        const left = (byKey.get(key) ?? 1) - 1;
        if (left === 0) byKey.delete(key);
        else byKey.set(key, left);
      };
    },
    get taken() {
      return taken;
    },
  };
}
