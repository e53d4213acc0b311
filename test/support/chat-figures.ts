import { defaultBoard } from '../../src/domain/ids.ts';
import type { Kernel } from '../../src/kernel/kernel.ts';
import { value } from './board.ts';
import type { ChatFake } from './chat-fake.ts';

interface Figures {
  readonly waits: number[];
  undelivered: number;
  faults: number;
}

/** What the tests of chats have sent, by platform, for a line at their end. */
export function chatFigures() {
  const platforms = new Map<string, Figures>();
  const of = ({ name }: ChatFake): Figures => {
    const known = platforms.get(name) ?? { waits: [], undelivered: 0, faults: 0 };
    platforms.set(name, known);
    return known;
  };
  return {
    /** The same platform, whose planned troubles and absences are counted. */
    counted: (chat: ChatFake): ChatFake => {
      const count = (): void => {
        of(chat).faults += 1;
      };
      return {
        ...chat,
        fail: (...trouble) => {
          count();
          chat.fail(...trouble);
        },
        drop: () => {
          count();
          chat.drop();
        },
        stop: () => {
          count();
          return chat.stop();
        },
      };
    },
    /** Takes in what one test has sent. A delivery is made within milliseconds of its event, whose own time has whole seconds. */
    take: async (chat: ChatFake, kernel: Kernel): Promise<void> => {
      const figures = of(chat);
      for (const { created_at, sent_at } of value(await kernel.deliveries(defaultBoard, { limit: 100 }))) {
        if (sent_at === null) figures.undelivered += 1;
        else figures.waits.push(sent_at - created_at);
      }
    },
    lines: (): string[] =>
      [...platforms].map(([name, { waits, undelivered, faults }]) => {
        const sorted = waits.toSorted((one, other) => one - other);
        const median = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
        const rest = undelivered === 0 ? '' : `, ${undelivered} not sent when their test ended`;
        return `${name}: ${waits.length} deliveries, ${faults} faults; event to message ${median} ms in the median, ${sorted.at(-1)} ms at worst${rest}`;
      }),
  };
}
