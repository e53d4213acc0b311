import { useQuery } from '@tanstack/react-query';
import type { Run } from '../../../src/surfaces/http/wire.ts';
import { runsQuery } from '../state/queries.ts';
import { linkTo } from '../state/route.ts';
import { t } from '../strings.ts';
import { Avatar, classes, Empty, short, useNow } from '../ui/parts.tsx';
import { packed } from './packed.ts';

const rowHeight = 24;
/** The part of the line from which on there is room for an id. */
const readable = 0.07;

/** The newest runs on a line of time, a lane for each profile; what ran side by side lies side by side. */
export default function Timeline({ board }: { readonly board: string }) {
  const { data, error } = useQuery(runsQuery(board));
  const now = useNow(2000) / 1000;
  if (data === undefined) return <Empty>{error?.message ?? t.loading}</Empty>;
  const { runs } = data;
  if (runs.length === 0) return <Empty>{t.noRuns}</Empty>;
  const from = Math.min(now - 10, ...runs.map(({ started_at }) => started_at));
  const span = now - from;
  const lanes = [...Map.groupBy(runs, ({ profile }) => profile ?? '')].sort(([one], [other]) =>
    one < other ? -1 : 1,
  );
  return (
    <div className="min-h-0 flex-1 overflow-auto p-4">
      <div className="min-w-[40rem]">
        <Scale from={from} span={span} />
        {lanes.map(([profile, own]) => (
          <Lane key={profile} board={board} profile={profile} runs={own} from={from} span={span} now={now} />
        ))}
      </div>
    </div>
  );
}

const marks = [0, 0.25, 0.5, 0.75, 1];

const Scale = ({ from, span }: { readonly from: number; readonly span: number }) => (
  <div className="relative ml-32 h-6 border-b border-line text-[11px] text-soft">
    {marks.map((part) => (
      <span
        key={part}
        className={classes('absolute whitespace-nowrap', part === 1 && '-translate-x-full')}
        style={{ left: `${part * 100}%` }}
        title={new Date((from + part * span) * 1000).toLocaleString()}
      >
        {part === 1 ? t.now : t.ago(short((1 - part) * span))}
      </span>
    ))}
  </div>
);

const tone = ({ ended_at, outcome }: Run): string => {
  if (ended_at === null) return 'bg-warn/25 border-warn';
  // Whoever asks a question has not failed.
  if (outcome === 'blocked') return 'bg-hover border-line-strong';
  const good = outcome === 'completed' || outcome === 'review_requested';
  return good ? 'bg-good/20 border-good' : 'bg-bad/20 border-bad';
};

function Lane({
  board,
  profile,
  runs,
  from,
  span,
  now,
}: {
  readonly board: string;
  readonly profile: string;
  readonly runs: readonly Run[];
  readonly from: number;
  readonly span: number;
  readonly now: number;
}) {
  const name = profile === '' ? t.nobody : profile;
  const rows = packed(
    runs.map((run) => ({ run, begin: run.started_at, end: run.ended_at ?? now })),
    // The narrowest bar, 24 pixels, on the narrowest line.
    span / 21,
  );
  const height = (Math.max(0, ...rows.map(({ row }) => row)) + 1) * rowHeight + 8;
  return (
    <section aria-label={name} className="flex border-b border-line">
      <h2 className="flex w-32 shrink-0 items-center gap-2 font-medium">
        <Avatar name={profile === '' ? null : profile} />
        <span className="truncate">{name}</span>
      </h2>
      <div className="relative flex-1" style={{ height }}>
        {rows.map(({ item: { run, begin, end }, row }) => (
          <a
            key={run.id}
            href={linkTo({ task: { board: board, id: run.task_id } })}
            title={`${run.task_id} · ${run.outcome ?? t.running} · ${short(end - begin)}`}
            aria-label={`${run.task_id} ${run.outcome ?? t.running}`}
            className={classes(
              'absolute h-6 min-w-6 truncate rounded border px-1 font-mono text-[10px] leading-6',
              tone(run),
            )}
            style={{
              left: `${((begin - from) / span) * 100}%`,
              width: `${Math.max(0.3, ((end - begin) / span) * 100)}%`,
              top: row * rowHeight + 4,
            }}
          >
            {(end - begin) / span > readable && run.task_id}
          </a>
        ))}
      </div>
    </section>
  );
}
