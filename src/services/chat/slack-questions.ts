import type { KnownBlock, WebClient } from '@slack/web-api';
import type { TaskId } from '../../domain/ids.ts';
import type { Place } from '../../domain/place.ts';
import { taskIn } from './attachments.ts';
import { plainText, writtenText } from './slack-heard.ts';

/** The block by which a question of ours is known, as long as it is open. */
export const questionMark = 'andon-question';
const answeredMark = 'andon-answered';

interface Question {
  readonly ts: string;
  readonly text: string;
}

interface Ours extends Question {
  /** It is a question, and not answered. */
  readonly isOpen: boolean;
}

export interface Questions {
  /** One was asked just now. */
  asked(place: Place, ts: string, text: string): void;
  /** The newest open question in the thread, before this message. */
  before(place: Place, ts: string): Promise<Question | undefined>;
  /** The task of the newest message of ours in the thread, before this one, that is about one alone. */
  taskBefore(place: Place, ts: string): Promise<TaskId | undefined>;
  /** It is answered, and says so. */
  settle(place: Place, question: Question, words: string): Promise<void>;
}

const mostPages = 10;
const mostKnown = 1000;

/**
 * The questions that wait for words. Slack has no replies to a message, so what is said next in the thread of an open question
 * answers it. Which are open is seen in the chat itself, so that a restart forgets none; a thread is read once.
 */
export function createQuestions(api: WebClient, me: string): Questions {
  const open = new Map<string, readonly Question[]>();
  const keyOf = ({ chat_id, thread_id }: Place): string => `${chat_id} ${thread_id}`;
  const keep = (key: string, found: readonly Question[]): void => {
    open.delete(key);
    open.set(key, found);
    const [oldest = ''] = open.keys();
    if (open.size > mostKnown) open.delete(oldest);
  };

  return {
    asked: (place, ts, text) => {
      // In a thread that was not read yet, it is read when somebody speaks.
      const known = open.get(keyOf(place));
      if (known !== undefined) keep(keyOf(place), [...known, { ts, text }]);
    },
    before: async (place, ts) => {
      const key = keyOf(place);
      const found = open.get(key) ?? (await readOurs(api, me, place))?.filter(({ isOpen }) => isOpen);
      if (found === undefined) return undefined;
      keep(key, found);
      return found.findLast((question) => Number(question.ts) < Number(ts));
    },
    taskBefore: async (place, ts) => {
      const before = (await readOurs(api, me, place))?.filter((ours) => Number(ours.ts) < Number(ts));
      return before?.flatMap(({ text }) => taskIn(text) ?? []).at(-1);
    },
    settle: async (place, question, words) => {
      const key = keyOf(place);
      const others = open.get(key)?.filter((other) => other.ts !== question.ts);
      if (others !== undefined) keep(key, others);
      const text = `${question.text}\n↳ ${words}`;
      const block: KnownBlock = {
        type: 'section',
        block_id: answeredMark,
        text: { type: 'plain_text', text, emoji: false },
      };
      const { chat_id: channel } = place;
      await api.chat
        .update({ channel, ts: question.ts, text: writtenText(text), blocks: [block] })
        .catch(() => {});
    },
  };
}

/** Our messages in a thread, oldest first; `undefined` when Slack does not tell. */
async function readOurs(
  api: WebClient,
  me: string,
  { chat_id: channel, thread_id }: Place,
): Promise<readonly Ours[] | undefined> {
  const found: Ours[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < mostPages; page += 1) {
    const more = { limit: 200, ...(cursor !== undefined && { cursor }) };
    const answer = await api.conversations
      .replies({ channel, ts: thread_id, ...more })
      .catch(() => undefined);
    if (answer === undefined) return undefined;
    for (const { ts, text = '', user, blocks = [] } of answer.messages ?? []) {
      const isOpen = blocks.some(({ block_id }) => block_id === questionMark);
      if (user === me && ts !== undefined) found.push({ ts, text: plainText(text), isOpen });
    }
    cursor = answer.response_metadata?.next_cursor;
    if (!cursor) break;
  }
  return found;
}
