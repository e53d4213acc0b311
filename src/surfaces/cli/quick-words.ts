/** The verbs that people type most, which are a bundle of their own: it starts with half of the code to load. */
export const quickWords = ['create', 'list', 'ls', 'show'] as const;

export type QuickWord = (typeof quickWords)[number];
