/** The verbs that people type most, which are a bundle of their own: it starts with half of the code to load. */
const quickWords = ['create', 'list', 'ls', 'show'] as const;

export type QuickWord = (typeof quickWords)[number];

/** The verb, if it is one of those. */
export function quickWordOf(argv: readonly string[]): QuickWord | undefined {
  const verb = firstWord(argv);
  return quickWords.find((word) => word === verb);
}

/** Whether nothing but the version is asked, which needs no verb. */
export const asksVersion = (argv: readonly string[]): boolean =>
  argv.length === 1 && (argv[0] === '--version' || argv[0] === '-V');

/** The verb, if help was not asked for before it. */
export function firstWord(argv: readonly string[]): string | undefined {
  for (let index = 0; index < argv.length; index += 1) {
    const word = argv[index];
    if (word === '--board') index += 1;
    else if (word === '-h' || word === '--help') return undefined;
    else if (word !== undefined && !word.startsWith('-')) return word;
  }
  return undefined;
}
