/** Every key and its words, for the sheet of them; all other words are in `strings.ts`. */
export const shortcuts: Readonly<
  Record<string, readonly (readonly [keys: readonly string[], what: string])[]>
> = {
  Everywhere: [
    [['⌘K', 'Ctrl K'], 'Commands'],
    [['?'], 'This sheet'],
    [['/'], 'Search titles'],
    [['n'], 'New task'],
    [['g', 'b'], 'Go to the board'],
    [['g', 'i'], 'Go to the inbox'],
    [['g', 'r'], 'Go to the reviews'],
    [['g', 'o'], 'Go to operate'],
    [['g', 'g'], 'Go to the graph'],
    [['g', 't'], 'Go to the timeline'],
    [['g', 'f'], 'Go to the flow'],
  ],
  Board: [
    [['↑', '↓', '←', '→'], 'Go from card to card (also h j k l)'],
    [['Enter'], 'Open the card'],
    [['Shift', '→'], 'Move the card a column on'],
    [['Shift', '←'], 'Move the card a column back'],
    [['Shift', '↓'], 'Give the card to the row below'],
    [['Shift', '↑'], 'Give the card to the row above'],
    [['m'], 'Move to …'],
    [['x'], 'Select'],
    [['Shift click'], 'Select up to here'],
    [['Esc'], 'Close, or select nothing'],
  ],
  Reviews: [
    [['j', 'k'], 'Next, previous'],
    [['a'], 'Approve'],
    [['c'], 'Write what is to be changed'],
    [['Ctrl Enter'], 'Send it back with that'],
    [['Enter'], 'Open the task'],
  ],
  Writing: [
    [['Ctrl Enter'], 'Save, or send'],
    [['Esc'], 'Leave it as it was'],
  ],
};
