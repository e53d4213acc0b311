import { type ReactNode, useMemo } from 'react';
import { boardPath } from '../state/queries.ts';
import { t } from '../strings.ts';
import { Icon } from '../ui/icons.tsx';
import { Markdown } from '../ui/markdown.tsx';
import { classes } from '../ui/parts.tsx';
import { Following } from './scroll.tsx';
import { useTail } from './tail.ts';

type Said = Readonly<Record<string, unknown>>;

function parsed(line: string): Said[] {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? [Object.fromEntries(Object.entries(value))] : [];
  } catch {
    // The end of what is written just now, or a line that another program wrote.
    return line.trim() === '' ? [] : [{ type: 'other', text: line }];
  }
}

const textOf = (value: unknown): string =>
  typeof value === 'string' ? value : value === undefined ? '' : JSON.stringify(value);

/** Pieces of one text as one, and a call of a tool with what it answered. */
export function joined(all: readonly Said[]): Said[] {
  const lines: Said[] = [];
  for (const said of all) {
    const last = lines.at(-1);
    const goesOn = (said['type'] === 'text' || said['type'] === 'thought') && last?.['type'] === said['type'];
    const call =
      said['type'] === 'tool' && said['stage'] !== 'started'
        ? lines.findLastIndex(({ type, id }) => type === 'tool' && id === said['id'])
        : -1;
    if (goesOn) lines.splice(-1, 1, { ...last, text: textOf(last['text']) + textOf(said['text']) });
    else if (call >= 0) {
      const begun = lines[call] ?? {};
      const texts = [textOf(begun['text']), textOf(said['text'])].filter((part) => part !== '');
      lines[call] = { ...begun, stage: said['stage'], text: texts.join('\n\n') };
    } else lines.push(said);
  }
  return lines;
}

/** What the agent of a run said and did, as it does it. */
export function Transcript({
  board,
  run,
  live,
}: {
  readonly board: string;
  readonly run: number;
  readonly live: boolean;
}) {
  const { text, exists, loading, cut } = useTail(`${boardPath(board)}/runs/${run}/transcript`, live);
  const all = useMemo(() => joined(text.split('\n').flatMap(parsed)), [text]);
  if (!exists) return <p className="text-soft">{loading ? t.loading : t.noTranscript}</p>;
  return (
    <Following of={text}>
      {cut && <p className="text-soft">{t.cutOff}</p>}
      <ol className="flex flex-col gap-2">
        {all.map((said, index) => (
          <li key={index}>
            <Line said={said} board={board} />
          </li>
        ))}
      </ol>
    </Following>
  );
}

/** The signs at the beginning of a changed line. */
const lineTones: Readonly<Record<string, string>> = { '+': 'bg-good/10', '-': 'bg-bad/10' };

const Aside = ({ children }: { readonly children: ReactNode }) => (
  <p className="text-[11px] text-soft">{children}</p>
);

function Line({ said, board }: { readonly said: Said; readonly board: string }) {
  const text = textOf(said['text'] ?? said['message']);
  switch (said['type']) {
    case 'text':
      return <Markdown text={text} board={board} />;
    case 'thought':
      return <p className="text-soft italic">{text}</p>;
    case 'tool': {
      const failed = said['stage'] === 'failed';
      return (
        <details className="rounded-md border border-line px-2 py-1">
          <summary className={failed ? 'text-bad' : 'text-soft'}>
            {textOf(said['name']) || t.tool} · {textOf(said['stage'])}
          </summary>
          <pre className="mt-1 font-mono text-[12px] break-words whitespace-pre-wrap">{text}</pre>
        </details>
      );
    }
    case 'diff':
      return (
        <details className="rounded-md border border-line px-2 py-1">
          <summary className="font-mono text-[12px] break-all text-soft">{textOf(said['path'])}</summary>
          <pre className="mt-1 font-mono text-[12px] break-words whitespace-pre-wrap">
            {text.split('\n').map((line, index) => (
              <span key={index} className={classes('block', lineTones[line[0] ?? ''])}>
                {line || ' '}
              </span>
            ))}
          </pre>
        </details>
      );
    case 'session':
      return said['model'] === undefined ? null : <Aside>{t.sessionOf(textOf(said['model']))}</Aside>;
    case 'end':
      return <Aside>{t.turnEnded(textOf(said['reason']))}</Aside>;
    case 'cut':
      return <Aside>{t.transcriptFull}</Aside>;
    case 'usage':
      return <Aside>{usageOf(said)}</Aside>;
    case 'error':
    case 'limit':
      return (
        <p className="flex items-center gap-1.5 text-bad">
          <Icon name="warning" />
          {text || textOf(said['kind'])}
        </p>
      );
    default:
      return (
        <p className="font-mono text-[11px] break-words text-soft">
          {textOf(said['type'])} {text}
        </p>
      );
  }
}

function usageOf({ tokens, cost_usd }: Said): string {
  const { input, output } = Object.fromEntries(Object.entries(Object(tokens)));
  return [
    ...(input === undefined ? [] : [t.tokens(Number(input), Number(output ?? 0))]),
    ...(typeof cost_usd === 'number' ? [t.dollars(cost_usd)] : []),
  ].join(' · ');
}
