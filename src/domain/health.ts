import type { TaskId } from './ids.ts';

/** One thing that `andon doctor` found. */
export interface Finding {
  /** `wrong` needs somebody; a `note` is good to know. */
  readonly level: 'wrong' | 'note';
  /** What it is about: `node`, `settings`, `board default`. */
  readonly about: string;
  readonly sentence: string;
  /** What to do. */
  readonly next: string;
}

const finding =
  (level: Finding['level']) =>
  (about: string, sentence: string, next: string): Finding => ({ level, about, sentence, next });
export const wrong = finding('wrong');
export const note = finding('note');

/** The tasks that wait for each other in a circle, so that none of them can ever start. */
export function inCircles(
  links: readonly { readonly parent_id: TaskId; readonly child_id: TaskId }[],
): TaskId[] {
  const ends = ['parent_id', 'child_id'] as const;
  let left = links;
  for (;;) {
    // A link belongs to a circle only when somebody comes before its parent, and somebody after its child.
    const [parents, children] = ends.map((end) => new Set(left.map((link) => link[end])));
    const kept = left.filter((link) => children?.has(link.parent_id) && parents?.has(link.child_id));
    if (kept.length === left.length) return [...new Set(kept.map((link) => link.child_id))].sort();
    left = kept;
  }
}
