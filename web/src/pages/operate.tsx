import { useQueries, useQuery } from '@tanstack/react-query';
import type { TaskDiagnostics } from '../../../src/surfaces/http/wire.ts';
import {
  boardsQuery,
  diagnosticsQuery,
  doctorQuery,
  overviewQuery,
  profilesQuery,
} from '../state/queries.ts';
import { linkTo } from '../state/route.ts';
import { t } from '../strings.ts';
import { Ago, Avatar, Button, Chip, classes, Empty } from '../ui/parts.tsx';
import { Deliveries } from './deliveries.tsx';
import { Panel } from './panel.tsx';
import { Pauses } from './pauses.tsx';

/** How the home is: who dispatches, what runs, what is held back, what could not be delivered, what looks wrong. */
export default function Operate() {
  const boards = useQuery(boardsQuery).data?.boards.map(({ slug }) => slug) ?? [];
  return (
    <div className="min-h-0 flex-1 overflow-y-auto">
      <div className="mx-auto grid max-w-6xl grid-cols-2 items-start gap-4 p-4 max-md:grid-cols-1">
        <div className="flex flex-col gap-4">
          <Dispatcher />
          <Profiles />
        </div>
        <div className="flex flex-col gap-4">
          <Pauses boards={boards} />
          <Deliveries boards={boards} />
        </div>
        <Trouble boards={boards} />
      </div>
    </div>
  );
}

/** A bar that fills up. */
const Bar = ({ of, most }: { readonly of: number; readonly most: number }) => (
  <span className="block h-1.5 flex-1 overflow-hidden rounded-full bg-hover">
    <span
      className={classes('block h-full rounded-full', of >= most ? 'bg-warn' : 'bg-accent')}
      style={{ width: `${Math.min(100, (of / Math.max(1, most)) * 100)}%` }}
    />
  </span>
);

function Dispatcher() {
  const { data } = useQuery(overviewQuery);
  if (data === undefined) return <Panel title={t.dispatcher}>{t.loading}</Panel>;
  const { holder, hermes, gateways, slots, lanes, profiles } = data;
  return (
    <Panel title={t.dispatcher}>
      <p className={classes('mb-3', holder === null && 'text-bad')}>
        {holder === null ? t.nobodyDispatches : t.dispatches(holder.name, holder.host, holder.pid)}
        {hermes !== null && <span className="text-warn"> {t.hermesDispatches}</span>}
      </p>
      <div className="mb-3 flex items-center gap-3">
        <span className="w-24 text-soft">{t.slotsLabel}</span>
        <Bar of={slots.taken} most={slots.most} />
        <span className="tabular-nums">
          {slots.taken} / {slots.most}
        </span>
      </div>
      <p className="mb-3 flex flex-wrap gap-1.5">
        <Chip>{t.laneOf('work', lanes.work)}</Chip>
        <Chip>{t.laneOf('review', lanes.review)}</Chip>
        {Object.entries(profiles).map(([name, count]) => (
          <Chip key={name}>{t.laneOf(name, count)}</Chip>
        ))}
      </p>
      <h3 className="heading mb-1">{t.gateways}</h3>
      <ul>
        {gateways.map(({ name, host, pid, started_at, dispatcher, notifier }) => (
          <li key={`${host} ${name}`} className="flex h-8 items-center gap-2">
            <span className="size-2 rounded-full bg-good" />
            <span className="font-medium">{name}</span>
            <span className="truncate text-soft">
              {host} · {pid}
            </span>
            <span className="flex-1" />
            {dispatcher && <Chip>{t.roles.dispatcher}</Chip>}
            {notifier && <Chip>{t.roles.notifier}</Chip>}
            <span className="text-soft">
              <Ago at={started_at / 1000} />
            </span>
          </li>
        ))}
      </ul>
    </Panel>
  );
}

function Profiles() {
  const profiles = useQuery(profilesQuery).data?.profiles ?? [];
  const running = useQuery(overviewQuery).data?.profiles ?? {};
  return (
    <Panel title={t.agents}>
      {profiles.length === 0 && <p className="text-soft">{t.noProfiles}</p>}
      <ul>
        {profiles.map(({ name, driver, startable, problem, max_in_progress, description }) => (
          <li key={name} className="flex items-start gap-2 py-1">
            <Avatar name={name} />
            <div className="min-w-0 flex-1">
              <span className="font-medium">{name}</span>
              {driver !== null && <span className="text-soft"> · {driver}</span>}
              <p className={classes('break-words', startable ? 'text-soft' : 'text-bad')}>
                {problem ?? description}
              </p>
            </div>
            <span className="text-soft tabular-nums">
              {running[name] ?? 0}
              {max_in_progress !== null && ` / ${max_in_progress}`}
            </span>
          </li>
        ))}
      </ul>
    </Panel>
  );
}

const tones = { warning: 'text-warn', error: 'text-bad', critical: 'text-bad' } as const;

type Severity = keyof typeof tones;
const severities: readonly Severity[] = ['critical', 'error', 'warning'];

interface Shared {
  readonly severity: Severity;
  readonly title: string;
  readonly detail: string;
  readonly tasks: readonly { readonly board: string; readonly id: string; readonly title: string }[];
}

/** What is wrong with tasks, the worst first; what is wrong with several in the same words is said once. */
function troublesOf(found: readonly (TaskDiagnostics & { readonly board: string })[]): readonly Shared[] {
  const troubles = new Map<string, Shared>();
  for (const { board, task_id, task_title, diagnostics } of found) {
    for (const { severity, title, detail } of diagnostics) {
      const key = `${severity} ${title} ${detail}`;
      const others = troubles.get(key)?.tasks ?? [];
      const tasks = [...others, { board, id: task_id, title: task_title }];
      troubles.set(key, { severity, title, detail, tasks });
    }
  }
  return [...troubles.values()].sort(
    (one, other) => severities.indexOf(one.severity) - severities.indexOf(other.severity),
  );
}

/** What the doctor finds in the home, and the tasks that look wrong. */
function Trouble({ boards }: { readonly boards: readonly string[] }) {
  const { data, error, isFetching, refetch } = useQuery(doctorQuery);
  const found = useQueries({ queries: boards.map((board) => diagnosticsQuery(board)) });
  const sorted = troublesOf(
    found.flatMap(({ data: some }, index) =>
      (some?.diagnostics ?? []).map((task) => ({ ...task, board: boards[index] ?? '' })),
    ),
  );
  const findings = data?.findings ?? [];
  return (
    <Panel
      title={t.doctor}
      wide
      side={
        <Button look="quiet" disabled={isFetching} onClick={() => void refetch()}>
          {t.refresh}
        </Button>
      }
    >
      {error !== null && <p className="text-soft">{error.message}</p>}
      {data !== undefined && sorted.length + findings.length === 0 && <Empty>{t.allWell}</Empty>}
      <ul>
        {findings.map(({ level, about, sentence, next }) => (
          <li key={`${about} ${sentence}`} className="border-t border-line py-2 first:border-0">
            <span className={level === 'wrong' ? 'text-bad' : 'text-warn'}>{about}</span> {sentence}
            <p className="text-soft">{next}</p>
          </li>
        ))}
        {sorted.map(({ severity, title, detail, tasks }) => (
          <li key={`${title} ${detail}`} className="border-t border-line py-2 first:border-0">
            <p className="break-words text-soft">
              <span className={tones[severity]}>{title}.</span> {detail}
            </p>
            <ul className="mt-0.5 flex flex-wrap gap-x-4">
              {tasks.map(({ board, id, title: name }) => (
                <li key={`${board} ${id}`} className="max-w-full truncate">
                  <a href={linkTo({ task: { board, id } })} className="font-medium hover:underline">
                    {name}
                  </a>{' '}
                  <span className="font-mono text-[11px] text-soft">{id}</span>
                </li>
              ))}
            </ul>
          </li>
        ))}
      </ul>
    </Panel>
  );
}
