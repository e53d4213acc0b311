import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import type { Run, Spending, TaskView } from '../../../src/surfaces/http/wire.ts';
import { act } from '../state/actions.ts';
import { spendingQuery } from '../state/queries.ts';
import { t } from '../strings.ts';
import { AssigneeMenu } from '../task/facts.tsx';
import { Ago, Avatar, Button, classes, Empty, short, useNow } from '../ui/parts.tsx';
import { Tabs } from '../ui/tabs.tsx';
import { Log } from './log.tsx';
import { Transcript } from './transcript.tsx';

interface Props {
  readonly board: string;
  readonly view: TaskView;
}

/** The attempts at a task, side by side, and what the one that is looked at says and prints. */
export default function Runs({ board, view }: Props) {
  const runs = view.runs.toReversed();
  const [picked, setPicked] = useState<number | undefined>(undefined);
  const [shown, setShown] = useState<'log' | 'transcript'>('log');
  const run = runs.find(({ id }) => id === picked) ?? runs[0];
  if (run === undefined) return <Empty>{t.noRuns}</Empty>;
  const live = run.ended_at === null;
  return (
    <div className="flex flex-col gap-4">
      <Verbs board={board} view={view} />
      <Attempts board={board} runs={runs} picked={run.id} onPick={setPicked} />
      <div className="-mx-5">
        <Tabs
          tabs={[
            { name: 'log', label: t.log },
            { name: 'transcript', label: t.transcript },
          ]}
          current={shown}
          onPick={setShown}
        />
      </div>
      {shown === 'log' ? (
        <Log board={board} id={view.task.id} live={live} />
      ) : (
        <Transcript board={board} run={run.id} live={live} />
      )}
    </div>
  );
}

/** Stop, try again, give to somebody else: whichever the task is open to. */
function Verbs({ board, view: { task } }: Props) {
  const { id, status } = task;
  const again = status === 'blocked' || status === 'scheduled' ? 'unblock' : undefined;
  return (
    <div className="flex flex-wrap gap-2">
      {status === 'running' && (
        <>
          <Button
            look="bad"
            icon="stop"
            onClick={() => void act({ board, id, verb: 'stop', done: t.stopping })}
          >
            {t.stop}
          </Button>
          <Button icon="play" onClick={() => void act({ board, id, verb: 'reclaim', done: t.restarting })}>
            {t.restart}
          </Button>
        </>
      )}
      {again !== undefined && (
        <Button look="accent" icon="play" onClick={() => void act({ board, id, verb: again })}>
          {t.tryAgain}
        </Button>
      )}
      {status === 'done' && (
        <Button icon="play" onClick={() => void act({ board, id, verb: 'place', fields: { to: 'ready' } })}>
          {t.runAgain}
        </Button>
      )}
      <AssigneeMenu board={board} task={task} />
    </div>
  );
}

const good: readonly (string | null)[] = ['completed', 'review_requested'];
const toneOf = (run: Run): string =>
  run.ended_at === null ? 'text-warn' : good.includes(run.outcome) ? 'text-good' : 'text-bad';

const times = ({ process, started_at, ended_at }: Run, now: number) => ({
  queued: process === null ? null : Math.max(0, process.slot_at - process.ready_at) / 1000,
  took: (ended_at ?? now / 1000) - started_at,
});

/** One column for each attempt, from the newest back. */
function Attempts({
  board,
  runs,
  picked,
  onPick,
}: {
  readonly board: string;
  readonly runs: readonly Run[];
  readonly picked: number;
  readonly onPick: (run: number) => void;
}) {
  const now = useNow(1000);
  const spending = useQuery(spendingQuery(board, 'run', runs[0]?.task_id)).data?.usage ?? [];
  const row = (label: string, cell: (run: Run) => ReactNode) => (
    <tr>
      <th scope="row" className="sticky left-0 bg-panel py-1 pr-3 text-left align-top font-normal text-soft">
        {label}
      </th>
      {runs.map((run) => (
        <td
          key={run.id}
          className={classes(
            'max-w-56 min-w-36 px-2 py-1 align-top break-words',
            run.id === picked && 'bg-hover',
          )}
        >
          {cell(run)}
        </td>
      ))}
    </tr>
  );
  return (
    <div className="overflow-x-auto">
      <table className="border-collapse">
        <thead>
          <tr>
            <th scope="col" className="sr-only">
              {t.attempt}
            </th>
            {runs.map((run) => (
              <th key={run.id} scope="col" className="px-1 pb-1 text-left">
                <Button
                  look={run.id === picked ? 'plain' : 'quiet'}
                  aria-pressed={run.id === picked}
                  onClick={() => onPick(run.id)}
                >
                  {t.runOf(run.id)}
                </Button>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {row(t.outcome, (run) => (
            <span className={toneOf(run)}>{(run.outcome ?? t.running).replaceAll('_', ' ')}</span>
          ))}
          {row(t.profile, ({ profile, process }) => (
            <span className="flex items-center gap-1.5">
              <Avatar name={profile} />
              {profile ?? t.nobody}
              {process?.lane === 'review' && <span className="text-soft">{t.reviewing}</span>}
            </span>
          ))}
          {row(t.begun, ({ started_at }) => (
            <Ago at={started_at} />
          ))}
          {row(t.waited, (run) => {
            const { queued } = times(run, now);
            return queued === null ? '–' : short(queued);
          })}
          {row(t.took, (run) => (
            <span className="tabular-nums">{short(times(run, now).took)}</span>
          ))}
          {row(t.exit, ({ process }) => exitOf(process))}
          {row(t.usage, (run) => spentOf(spending, run))}
          {row(t.said, ({ summary, error }) => (
            <span className={classes('line-clamp-4', error !== null && 'text-bad')}>
              {error ?? summary ?? '–'}
            </span>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** What an attempt has used, all its models together. */
function spentOf(spending: readonly Spending[], { id }: Run): string {
  const own = spending.find(({ key }) => key === String(id));
  if (own === undefined) return '–';
  const { input_tokens, output_tokens, cost_micros } = own;
  const words = t.tokens(input_tokens, output_tokens);
  return cost_micros > 0 ? `${words} · ${t.dollars(cost_micros / 1_000_000)}` : words;
}

function exitOf(process: Run['process']): string {
  if (process === null) return '–';
  if (process.exit_signal !== null && process.exit_signal !== 0) return t.signal(process.exit_signal);
  return process.exit_code === null ? '–' : String(process.exit_code);
}
