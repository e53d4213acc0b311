import { useEffect, useState } from 'react';
import type { Slice } from '../../../src/surfaces/http/wire.ts';
import { get, query } from '../state/api.ts';

/** The end of a file that grows, asked for piece by piece while `live`. */

export interface Tail {
  readonly exists: boolean;
  readonly text: string;
  /** The beginning is left out. */
  readonly cut: boolean;
}

const first = 128 * 1024;
const most = 512 * 1024;
const every = 700;
const nothing: Tail = { exists: false, text: '', cut: false };

function grown(before: Tail, { content, exists }: Slice): Tail {
  const text = before.text + content;
  return { exists, text: text.slice(-most), cut: before.cut || text.length > most };
}

export function useTail(path: string, live: boolean): Tail & { readonly loading: boolean } {
  const [state, setState] = useState<{ path: string; tail: Tail } | undefined>(undefined);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let ended = false;
    let offset: number | undefined;
    let tail = nothing;
    const look = async (): Promise<void> => {
      try {
        const where = offset === undefined ? { tail: first } : { offset, limit: first };
        const slice = await get<Slice>(`${path}${query(where)}`);
        if (ended) return;
        // It was begun anew.
        if (offset !== undefined && slice.size < offset) tail = nothing;
        else if (slice.content !== '' || offset === undefined)
          tail = grown({ ...tail, cut: tail.cut || (offset === undefined && slice.offset > 0) }, slice);
        offset = offset !== undefined && slice.size < offset ? undefined : slice.next_offset;
        setState({ path, tail });
      } catch {
        // The connection's own sign says so; it is asked again.
      }
      if (!ended && live) timer = setTimeout(() => void look(), every);
    };
    void look();
    return () => {
      ended = true;
      clearTimeout(timer);
    };
  }, [path, live]);
  return state?.path === path ? { ...state.tail, loading: false } : { ...nothing, loading: true };
}
