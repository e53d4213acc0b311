import type { Edge } from '../../../src/surfaces/http/wire.ts';

/** A graph of tasks, and the chain in it that keeps the last of them waiting longest. No browser in here. */

export interface Node {
  readonly id: string;
  readonly title: string;
  readonly status: string;
}

export interface Graph {
  readonly nodes: readonly Node[];
  /** The ids of the longest chain of tasks that are not done, each waiting for the one before. */
  readonly critical: readonly string[];
}

const isOpen = ({ status }: Node): boolean => status !== 'done' && status !== 'archived';

export function graphOf(edges: readonly Edge[]): Graph {
  const nodes = new Map<string, Node>();
  const below = new Map<string, string[]>();
  for (const edge of edges) {
    nodes.set(edge.parent_id, { id: edge.parent_id, title: edge.parent_title, status: edge.parent_status });
    nodes.set(edge.child_id, { id: edge.child_id, title: edge.child_title, status: edge.child_status });
    below.set(edge.parent_id, [...(below.get(edge.parent_id) ?? []), edge.child_id]);
  }
  const known = new Map<string, readonly string[]>();
  /** The longest open chain from here on. The kernel lets no circle be; one that is there all the same ends here. */
  const chainFrom = (id: string, above: ReadonlySet<string>): readonly string[] => {
    const found = known.get(id);
    if (found !== undefined) return found;
    const node = nodes.get(id);
    if (node === undefined || !isOpen(node) || above.has(id)) return [];
    const under = new Set([...above, id]);
    const longest = (below.get(id) ?? [])
      .map((child) => chainFrom(child, under))
      .reduce((best, chain) => (chain.length > best.length ? chain : best), []);
    const chain = [id, ...longest];
    known.set(id, chain);
    return chain;
  };
  const critical = [...nodes.keys()]
    .map((id) => chainFrom(id, new Set()))
    .reduce((best, chain) => (chain.length > best.length ? chain : best), []);
  return { nodes: [...nodes.values()], critical: critical.length > 1 ? critical : [] };
}
