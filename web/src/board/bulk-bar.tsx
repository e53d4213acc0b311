import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { Outcome } from '../../../src/surfaces/http/wire.ts';
import { actOnMany } from '../state/actions.ts';
import type { Fields } from '../state/api.ts';
import { profilesQuery } from '../state/queries.ts';
import { useStore } from '../state/store.ts';
import { statusNames, t } from '../strings.ts';
import { StatusIcon } from '../ui/icons.tsx';
import { Menu } from '../ui/menu.tsx';
import { Avatar, Button, IconButton } from '../ui/parts.tsx';
import { clearSelection, selection } from './selection.ts';
import { cardOf } from './walk.ts';

/** What can be done to all selected cards; each that refuses is shown with its sentence. */
export function BulkBar({ board }: { readonly board: string }) {
  const { ids, board: of } = useStore(selection);
  const [refused, setRefused] = useState<readonly Outcome[]>([]);
  const profiles = useQuery(profilesQuery).data?.profiles ?? [];
  const run = async (command: string, input?: Fields): Promise<void> => {
    const left = await actOnMany(
      board,
      [...ids].map((id) => ({ id, status: cardOf(id)?.status ?? '' })),
      command,
      input,
    );
    setRefused(left);
    selection.set({ board, ids: new Set(left.map(({ id }) => id)), anchor: undefined });
  };
  const none = of !== board || ids.size === 0;
  if (none && refused.length === 0) return null;
  return (
    <section
      aria-label={t.selected(ids.size)}
      className="fixed bottom-5 left-1/2 z-30 w-max max-w-[calc(100vw-1rem)] -translate-x-1/2 rounded-xl bg-raised p-1.5 shadow-high"
    >
      {refused.length > 0 && <Refused refused={refused} onClose={() => setRefused([])} />}
      {!none && (
        <div className="flex flex-wrap items-center gap-1">
          <span className="px-2 font-medium">{t.selected(ids.size)}</span>
          <Menu
            label={t.moveTo}
            trigger={<Button look="quiet">{t.moveTo}</Button>}
            items={(['triage', 'todo', 'ready'] as const).map((to) => ({
              label: statusNames[to],
              icon: <StatusIcon status={to} />,
              onPick: () => void run('place', { to }),
            }))}
          />
          <Menu
            label={t.assignTo}
            trigger={<Button look="quiet">{t.assignTo}</Button>}
            items={[
              {
                label: t.nobody,
                icon: <Avatar name={null} />,
                onPick: () => void run('assign', { assignee: null }),
              },
              ...profiles.map(({ name }) => ({
                label: name,
                icon: <Avatar name={name} />,
                onPick: () => void run('assign', { assignee: name }),
              })),
            ]}
          />
          <Button look="quiet" onClick={() => void run('complete')}>
            {t.complete}
          </Button>
          <Button look="quiet" onClick={() => void run('unblock')}>
            {t.unblock}
          </Button>
          <Button look="quiet" onClick={() => void run('stop')}>
            {t.stop}
          </Button>
          <Button look="quiet" onClick={() => void run('archive')}>
            {t.archive}
          </Button>
          <IconButton icon="close" label={t.clearSelection} onClick={clearSelection} />
        </div>
      )}
    </section>
  );
}

const Refused = ({
  refused,
  onClose,
}: {
  readonly refused: readonly Outcome[];
  readonly onClose: () => void;
}) => (
  <div className="mb-1 border-b border-line p-2" role="alert">
    <div className="flex items-center justify-between">
      <h2 className="font-medium text-bad">{t.refusedOf(refused.length)}</h2>
      <IconButton icon="close" label={t.dismiss} onClick={onClose} />
    </div>
    <ul className="max-h-48 overflow-y-auto">
      {refused.map(({ id, error }) => (
        <li key={id} className="py-0.5">
          <span className="font-mono text-soft">{id}</span> {error?.detail}
        </li>
      ))}
    </ul>
  </div>
);
