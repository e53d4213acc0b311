import { ButtonStyle, ComponentType, MessageFlags } from 'discord-api-types/v10';
import type { ChatMessage } from './platform.ts';

export const discord = 'discord';

/** Characters of one message. */
const longestText = 2000;
const cutWords = '\n… (cut; `andon` on the machine shows all)';
const longestLabel = 80;
const inRow = 5;
const mostRows = 5;

/** Nobody is called by what an agent writes, be it `@everyone`. */
export const nobody = { allowed_mentions: { parse: [], replied_user: false } };

/** A message as Discord takes it. */
export function bodyOf({ text, buttons = [], answers }: ChatMessage) {
  const keys = buttons.slice(0, inRow * mostRows).map(({ label, data }) => ({
    type: ComponentType.Button,
    style: ButtonStyle.Secondary,
    label: label.slice(0, longestLabel),
    custom_id: data,
  }));
  const rows = Array.from({ length: Math.ceil(keys.length / inRow) }, (_, row) => ({
    type: ComponentType.ActionRow,
    components: keys.slice(row * inRow, (row + 1) * inRow),
  }));
  return {
    ...nobody,
    content: cut(literal(text)),
    ...(rows.length > 0 && { components: rows }),
    // What was said by a command is no message.
    ...(answers !== undefined &&
      /^\d+$/.test(answers) && { message_reference: { message_id: answers, fail_if_not_exists: false } }),
  };
}

/** What a message says when a button of it was pressed, and has no buttons any more. `content` is as Discord has it. */
export function pressedBody(content: string, words: string) {
  const end = `\n↳ ${literal(words)}`;
  return { ...nobody, content: `${cut(content, longestText - end.length)}${end}`, components: [] };
}

/** What one person alone sees. */
export const whisperBody = (words: string) => ({
  ...nobody,
  content: cut(literal(words)),
  flags: MessageFlags.Ephemeral,
});

const address = /(https?:\/\/[^\s<]+)/;

/** Words as Discord shows them to the letter: titles are no markup. An address stays one. */
const literal = (text: string): string =>
  text
    .split(address)
    .map((part, index) =>
      index % 2 === 1 ? part : part.replace(/[\\*_~`|<[\]]/g, '\\$&').replace(/^(\s*)([#>-])/gm, '$1\\$2'),
    )
    .join('');

/** What `literal` was made of. */
export const plain = (content: string): string =>
  content
    .split(address)
    .map((part, index) => (index % 2 === 1 ? part : part.replace(/\\([^0-9A-Za-z\s])/g, '$1')))
    .join('');

/** Neither a sign of two halves nor a mark and its sign are cut in two. */
const cut = (content: string, longest = longestText): string =>
  content.length <= longest
    ? content
    : `${content.slice(0, longest - cutWords.length).replace(/(?:[\uD800-\uDBFF]|\\+)$/, '')}${cutWords}`;
