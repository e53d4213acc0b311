import type { ReactNode } from 'react';
import { classes } from '../ui/parts.tsx';

/** A part of a page, under its name; `side` stands at the other end of that line. */
export const Panel = ({
  title,
  children,
  side,
  wide = false,
}: {
  readonly title: string;
  readonly children: ReactNode;
  readonly side?: ReactNode;
  readonly wide?: boolean;
}) => (
  <section
    aria-label={title}
    className={classes('rounded-xl border border-line bg-panel p-4 shadow-card', wide && 'col-span-full')}
  >
    <div className="mb-3 flex min-h-7 items-center justify-between gap-2">
      <h2 className="font-semibold">{title}</h2>
      {side}
    </div>
    {children}
  </section>
);
