import type { QuickWord } from './quick-words.ts';
import type { Verb } from './verb.ts';

export const quickVerbs: Readonly<Record<QuickWord, () => Promise<Verb>>> = {
  create: () => import('./verbs/create.ts'),
  list: () => import('./verbs/list.ts'),
  ls: () => import('./verbs/list.ts'),
  show: () => import('./verbs/show.ts'),
};
