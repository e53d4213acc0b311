import { useQueries } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useAsk } from '../state/actions.ts';
import { post, query, remove } from '../state/api.ts';
import { boardPath, pausesQuery, restsQuery } from '../state/queries.ts';
import { t } from '../strings.ts';
import { Button, Chip, short, useNow } from '../ui/parts.tsx';
import { Panel } from './panel.tsx';

/** What is held back on each board: pauses that people made, rests after trouble; and how to end them. */
export function Pauses({ boards }: { readonly boards: readonly string[] }) {
  const pauses = useQueries({ queries: boards.map((board) => pausesQuery(board)) });
  const rests = useQueries({ queries: boards.map((board) => restsQuery(board)) });
  const held = boards.map((board, index) => ({
    board,
    pauses: pauses[index]?.data?.pauses ?? [],
    rests: rests[index]?.data?.rests ?? [],
  }));
  const none = held.every((one) => one.pauses.length + one.rests.length === 0);
  return (
    <Panel title={t.pauses}>
      {none && <p className="mb-2 text-soft">{t.nothingPaused}</p>}
      <ul>
        {held.flatMap(({ board, pauses: made, rests: resting }) => [
          ...made.map(({ scope, name, reason, by, until }) => (
            <Held
              key={`${board} pause ${scope} ${name}`}
              board={board}
              scope={scope}
              name={name}
              label={t.pausedScope(scope, name)}
              detail={reason ?? t.by(by)}
              until={until}
            />
          )),
          ...resting.map(({ subject, name, error, until }) => (
            <Held
              key={`${board} rest ${subject} ${name}`}
              board={board}
              scope={subject === 'profile' ? 'profile' : undefined}
              name={name}
              label={t.rests(subject, name)}
              detail={error}
              until={until}
            />
          )),
        ])}
      </ul>
      <PauseForm boards={boards} />
    </Panel>
  );
}

function Held({
  board,
  scope,
  name,
  label,
  detail,
  until,
}: {
  readonly board: string;
  /** Undefined for what only time ends. */
  readonly scope: string | undefined;
  readonly name: string;
  readonly label: string;
  readonly detail: string;
  readonly until: number | null;
}) {
  const ask = useAsk(board);
  const now = useNow(1000);
  return (
    <li className="flex items-center gap-2 py-1">
      <Chip>{board}</Chip>
      <div className="min-w-0 flex-1">
        <span className="font-medium">{label}</span>
        <p className="truncate text-soft">{detail}</p>
      </div>
      {until !== null && (
        <span className="text-soft tabular-nums">{t.wakesIn(short((until - now) / 1000))}</span>
      )}
      {scope !== undefined && (
        <Button
          onClick={() =>
            ask.mutate(() => remove(`${boardPath(board)}/pauses${query({ scope, name: name || undefined })}`))
          }
        >
          {t.resume}
        </Button>
      )}
    </li>
  );
}

function PauseForm({ boards }: { readonly boards: readonly string[] }) {
  const [picked, setPicked] = useState('');
  const [reason, setReason] = useState('');
  const board = picked || (boards[0] ?? '');
  const ask = useAsk(board);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    ask.mutate(() =>
      post(`${boardPath(board)}/pauses`, { scope: 'board', ...(reason !== '' && { reason }) }),
    );
    setReason('');
  };
  return (
    <form onSubmit={submit} className="mt-2 flex flex-wrap gap-2">
      <select
        value={board}
        onChange={(event) => setPicked(event.target.value)}
        aria-label={t.board}
        className="field h-7 w-auto py-0"
      >
        {boards.map((slug) => (
          <option key={slug}>{slug}</option>
        ))}
      </select>
      <input
        value={reason}
        onChange={(event) => setReason(event.target.value)}
        placeholder={t.reason}
        aria-label={t.reason}
        className="field h-7 w-auto min-w-32 flex-1"
      />
      <Button type="submit" icon="pause">
        {t.pauseBoard}
      </Button>
    </form>
  );
}
