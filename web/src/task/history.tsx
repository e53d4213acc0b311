import { useInfiniteQuery } from '@tanstack/react-query';
import type { TaskEvent } from '../../../src/surfaces/http/wire.ts';
import { eventsQuery } from '../state/queries.ts';
import { t } from '../strings.ts';
import { Ago, Button } from '../ui/parts.tsx';

/** Fields of an event that people care for, as words. */
const wordsOf = ({ payload }: TaskEvent): string =>
  Object.entries(payload ?? {})
    .filter(([name, value]) => name !== 'by' && value !== null && value !== '')
    .map(
      ([name, value]) =>
        `${name.replaceAll('_', ' ')}: ${typeof value === 'string' ? value : JSON.stringify(value)}`,
    )
    .join(' · ');

/** Everything that happened to a task, from the newest back, with who did it. */
export function History({ board, id }: { readonly board: string; readonly id: string }) {
  const { data, hasNextPage, fetchNextPage } = useInfiniteQuery(eventsQuery(board, id));
  const events = data?.pages.flatMap(({ events: some }) => some) ?? [];
  return (
    <section aria-label={t.tabs.history}>
      <ol className="relative flex flex-col gap-3 before:absolute before:top-2 before:bottom-2 before:left-[3px] before:w-px before:bg-line">
        {events.map((event) => {
          const by = event.payload?.['by'];
          return (
            <li
              key={event.id}
              className="relative flex gap-3 pl-5 before:absolute before:top-1.5 before:left-0 before:size-[7px] before:rounded-full before:bg-line-strong"
            >
              <div className="min-w-0 flex-1">
                <span className="font-medium">{event.kind.replaceAll('_', ' ')}</span>
                {typeof by === 'string' && <span className="text-soft"> {t.by(by)}</span>}
                <p className="line-clamp-3 break-words text-soft">{wordsOf(event)}</p>
              </div>
              <span className="text-soft">
                <Ago at={event.created_at} />
              </span>
            </li>
          );
        })}
      </ol>
      {hasNextPage && (
        <Button className="mt-4" onClick={() => void fetchNextPage()}>
          {t.older}
        </Button>
      )}
    </section>
  );
}
