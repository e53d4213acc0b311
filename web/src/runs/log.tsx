import { taskPath } from '../state/queries.ts';
import { t } from '../strings.ts';
import { Following } from './scroll.tsx';
import { useTail } from './tail.ts';

/** Colours and cursor movements of a terminal, which a page has no use for. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these signs are what it is about
const escapes = /\u001b(?:\[[0-9;?]*[ -/]*[@-~]|\][^\u0007]*(?:\u0007|\u001b\\))|\r(?!\n)/g;

/** What the workers of a task printed, as they print it. */
export function Log({
  board,
  id,
  live,
}: {
  readonly board: string;
  readonly id: string;
  readonly live: boolean;
}) {
  const { text, exists, loading, cut } = useTail(`${taskPath(board, id)}/log`, live);
  if (!exists) return <p className="text-soft">{loading ? t.loading : t.noLog}</p>;
  return (
    <Following of={text}>
      {cut && <p className="text-soft">{t.cutOff}</p>}
      <pre className="font-mono text-[12px] leading-relaxed break-words whitespace-pre-wrap">
        {text.replaceAll(escapes, '')}
      </pre>
    </Following>
  );
}
