import type { ReactNode } from 'react';
import { classes } from '../ui/parts.tsx';

/** A part of a page, under its name. */
export const Panel = ({
  title,
  children,
  wide = false,
}: {
  readonly title: string;
  readonly children: ReactNode;
  readonly wide?: boolean;
}) => (
  <section
    aria-label={title}
    className={classes('rounded-xl border border-line bg-panel p-4 shadow-card', wide && 'col-span-full')}
  >
    <h2 className="mb-3 font-semibold">{title}</h2>
    {children}
  </section>
);
