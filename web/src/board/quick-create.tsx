import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useRef, useState } from 'react';
import type { Status } from '../../../src/surfaces/http/wire.ts';
import { create } from '../state/actions.ts';
import { profilesQuery } from '../state/queries.ts';
import { createStore } from '../state/store.ts';
import { t } from '../strings.ts';
import { Button } from '../ui/parts.tsx';
import { type Lane, noLane } from './moves.ts';

/** The column, `lane/status`, in which somebody writes a new card. */
export const creatingIn = createStore<string | undefined>(undefined);

/** Where a new card begins: in triage when it is wanted there, else where its parents put it. */
const beginning = (status: Status) => (status === 'triage' ? { triage: true } : {});

/** A title, and who does it; Enter creates, and the next title can be written at once. */
export function QuickCreate({
  board,
  status,
  lane,
  onClose,
}: {
  readonly board: string;
  readonly status: Status;
  /** Whose the new card is, when it is written in a lane. */
  readonly lane: Lane | undefined;
  readonly onClose: () => void;
}) {
  const [title, setTitle] = useState('');
  const own = lane === undefined || lane.name === noLane ? undefined : lane;
  const [assignee, setAssignee] = useState(own?.by === 'assignee' ? own.name : '');
  const [busy, setBusy] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  const profiles = useQuery(profilesQuery).data?.profiles ?? [];
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (title.trim() === '' || busy) return;
    setBusy(true);
    const made = await create(board, {
      title,
      ...beginning(status),
      ...(assignee !== '' && { assignee }),
      ...(own?.by === 'tenant' && { tenant: own.name }),
    });
    setBusy(false);
    if (made !== undefined) setTitle('');
    field.current?.focus();
  };
  return (
    <form
      onSubmit={(event) => void submit(event)}
      onKeyDown={(event) => event.key === 'Escape' && onClose()}
      className="mx-1.5 mb-2 rounded-lg border border-line-strong bg-panel p-2 shadow-card"
    >
      <input
        ref={field}
        autoFocus
        value={title}
        onChange={(event) => setTitle(event.target.value)}
        placeholder={t.titleOfTask}
        aria-label={t.titleOfTask}
        className="w-full bg-transparent py-0.5 outline-none placeholder:text-soft"
      />
      <div className="mt-2 flex items-center gap-1.5">
        <select
          value={assignee}
          onChange={(event) => setAssignee(event.target.value)}
          aria-label={t.assignee}
          className="h-7 min-w-0 flex-1 rounded-md border border-line bg-panel px-1.5 text-soft"
        >
          <option value="">{t.nobody}</option>
          {profiles.map(({ name }) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </select>
        <Button look="quiet" onClick={onClose}>
          {t.cancel}
        </Button>
        <Button look="accent" type="submit" disabled={title.trim() === '' || busy}>
          {t.create}
        </Button>
      </div>
    </form>
  );
}
