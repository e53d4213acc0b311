import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import type { Spending } from '../../../src/surfaces/http/wire.ts';
import { flowTasksQuery, runsQuery, spendingQuery } from '../state/queries.ts';
import { t } from '../strings.ts';
import { Empty, short } from '../ui/parts.tsx';
import { type Flow, flowOf, quantile } from './figures.ts';
import { Panel } from './panel.tsx';
import { Plot } from './plot.tsx';

const most = 30;
const least = 7;

/** How work flows: what piles up, how long a task takes, how many are done, how often an attempt succeeds. */
export default function FlowPage({ board }: { readonly board: string }) {
  const tasks = useQuery(flowTasksQuery(board));
  const runs = useQuery(runsQuery(board));
  const spent = useQuery(spendingQuery(board, 'profile'));
  const flow = useMemo(() => {
    if (tasks.data === undefined || runs.data === undefined) return undefined;
    const now = Date.now() / 1000;
    const offset = new Date().getTimezoneOffset() * 60;
    const first = tasks.data.tasks.reduce((oldest, { created_at }) => Math.min(oldest, created_at), now);
    const length = Math.min(most, Math.max(least, Math.ceil((now - first) / 86_400) + 1));
    return flowOf(tasks.data.tasks, runs.data.runs, { now, length, offset });
  }, [tasks.data, runs.data]);
  if (flow === undefined) return <Empty>{tasks.error?.message ?? runs.error?.message ?? t.loading}</Empty>;
  return (
    <section
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by key
      tabIndex={0}
      aria-label={t.pages.flow}
      className="min-h-0 flex-1 overflow-y-auto"
    >
      <div className="mx-auto grid max-w-6xl grid-cols-2 gap-4 p-4 max-md:grid-cols-1">
        <Figures flow={flow} cost={spent.data === undefined ? undefined : costOf(spent.data.usage)} />
        <Panel title={t.cumulative} wide>
          <Plot
            days={flow.days}
            lines={[
              { label: t.created, values: flow.created, color: '--soft' },
              { label: t.started, values: flow.started, color: '--warn' },
              { label: t.doneLabel, values: flow.done, color: '--good' },
            ]}
          />
        </Panel>
        <Panel title={t.throughput} wide>
          <Plot
            days={flow.days}
            lines={[{ label: t.doneLabel, values: flow.throughput, color: '--accent' }]}
            bars
          />
        </Panel>
        {tasks.data?.more && <p className="text-soft">{t.cutFlow}</p>}
      </div>
    </section>
  );
}

/** US dollars; undefined when nothing was spent, or nobody knows what it cost. */
function costOf(usage: readonly Spending[]): number | undefined {
  const micros = usage.reduce((sum, { cost_micros }) => sum + cost_micros, 0);
  return micros === 0 ? undefined : micros / 1_000_000;
}

function Figures({ flow, cost }: { readonly flow: Flow; readonly cost: number | undefined }) {
  const accepted = flow.done.at(-1) ?? 0;
  const lately = flow.throughput.slice(-7).reduce((sum, count) => sum + count, 0);
  const half = quantile(flow.cycles, 0.5);
  const long = quantile(flow.cycles, 0.85);
  const figures = [
    [t.cycleTime, half === null ? '–' : short(half)],
    [t.cycleTime85, long === null ? '–' : short(long)],
    [t.doneLately, String(lately)],
    [t.successRate, flow.successRate === null ? '–' : `${Math.round(flow.successRate * 100)} %`],
    [t.costPerTask, cost === undefined || accepted === 0 ? '–' : t.dollars(cost / accepted)],
  ] as const;
  return (
    <dl className="col-span-full grid grid-cols-5 gap-4 max-md:grid-cols-2">
      {figures.map(([label, value]) => (
        <div key={label} className="rounded-xl border border-line bg-panel p-4 shadow-card">
          <dt className="text-soft">{label}</dt>
          <dd className="mt-1 text-xl font-semibold tabular-nums">{value}</dd>
        </div>
      ))}
    </dl>
  );
}
