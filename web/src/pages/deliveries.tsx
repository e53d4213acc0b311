import { useQueries } from '@tanstack/react-query';
import { deliveriesQuery } from '../state/queries.ts';
import { linkTo } from '../state/route.ts';
import { t } from '../strings.ts';
import { Chip, classes } from '../ui/parts.tsx';
import { Panel } from './panel.tsx';

/** The newest messages on their way, and those that were given up. */
export function Deliveries({ boards }: { readonly boards: readonly string[] }) {
  const found = useQueries({ queries: boards.map((board) => deliveriesQuery(board)) });
  const all = found
    .flatMap(({ data }, index) =>
      (data?.deliveries ?? []).map((one) => ({ ...one, board: boards[index] ?? '' })),
    )
    .filter(({ state }) => state !== 'sent');
  return (
    <Panel title={t.deliveries}>
      {all.length === 0 && <p className="text-soft">{t.allDelivered}</p>}
      <ul>
        {all.map(({ board, id, task_id, platform, chat_id, state, attempts, last_error }) => (
          <li key={`${board} ${id}`} className="py-1">
            <div className="flex items-center gap-2">
              <Chip>{platform}</Chip>
              <span className="truncate">{chat_id}</span>
              <a href={linkTo({ task: { board, id: task_id } })} className="font-mono text-[11px] text-soft">
                {task_id}
              </a>
              <span className="flex-1" />
              <span className={classes(state === 'pending' ? 'text-warn' : 'text-bad')}>
                {state} · {t.attempts(attempts)}
              </span>
            </div>
            {last_error !== null && <p className="break-words text-soft">{last_error}</p>}
          </li>
        ))}
      </ul>
    </Panel>
  );
}
