import { useState } from 'react';
import type { Columns } from '../../../src/surfaces/http/wire.ts';
import { statusNames, t } from '../strings.ts';
import { StatusIcon } from '../ui/icons.tsx';
import { classes } from '../ui/parts.tsx';

const inView = (columns: Element): string | undefined => {
  const { left, width } = columns.getBoundingClientRect();
  const middle = left + width / 2;
  const found = [...columns.children].find((child) => child.getBoundingClientRect().right > middle);
  return found instanceof HTMLElement ? found.dataset['column'] : undefined;
};

/** On a phone, which shows one column: all of them with their counts, which of them is in view, and the way to each. */
export function Strip({ columns }: { readonly columns: Columns['columns'] }) {
  const [here, setHere] = useState<string | undefined>(columns[0]?.status);
  return (
    <nav
      aria-label={t.columns}
      className="flex shrink-0 px-2 sm:hidden"
      // The columns scroll beside it; a scroll does not bubble.
      ref={(strip) => {
        const scrolled = strip?.nextElementSibling;
        if (!scrolled) return;
        const heed = (): void => setHere(inView(scrolled));
        scrolled.addEventListener('scroll', heed, { passive: true });
        return () => scrolled.removeEventListener('scroll', heed);
      }}
    >
      {columns.map(({ status, count, more }) => (
        <button
          key={status}
          type="button"
          aria-label={`${statusNames[status]}, ${count}`}
          aria-current={status === here}
          className={classes(
            'flex h-10 min-w-0 flex-1 items-center justify-center gap-1 border-b-2 text-[11px] tabular-nums',
            status === here ? 'border-accent text-ink' : 'border-transparent text-soft',
          )}
          onClick={() =>
            document
              .querySelector(`[data-column="${status}"]`)
              ?.scrollIntoView({ inline: 'start', block: 'nearest', behavior: 'smooth' })
          }
        >
          <StatusIcon status={status} />
          {count > 0 && (more || count > 99 ? '99+' : count)}
        </button>
      ))}
    </nav>
  );
}
