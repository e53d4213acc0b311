import type { KeyboardEvent } from 'react';
import { classes } from './parts.tsx';

/** Names of which one is looked at; arrows go from one to the next. */
export function Tabs<Name extends string>({
  tabs,
  current,
  onPick,
}: {
  readonly tabs: readonly {
    readonly name: Name;
    readonly label: string;
    readonly count?: number | undefined;
  }[];
  readonly current: Name;
  readonly onPick: (name: Name) => void;
}) {
  const onKey = (event: KeyboardEvent<HTMLDivElement>): void => {
    const by = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
    const next = tabs[tabs.findIndex(({ name }) => name === current) + by];
    if (by === 0 || next === undefined) return;
    event.preventDefault();
    onPick(next.name);
    event.currentTarget.querySelector<HTMLElement>(`[data-tab="${next.name}"]`)?.focus();
  };
  return (
    <div
      role="tablist"
      tabIndex={-1}
      onKeyDown={onKey}
      className="flex h-9 shrink-0 gap-4 border-b border-line px-5"
    >
      {tabs.map(({ name, label, count }) => (
        <button
          key={name}
          type="button"
          role="tab"
          data-tab={name}
          aria-selected={name === current}
          tabIndex={name === current ? 0 : -1}
          onClick={() => onPick(name)}
          className={classes(
            '-mb-px border-b-2 font-medium',
            name === current ? 'border-accent text-ink' : 'border-transparent text-soft hover:text-ink',
          )}
        >
          {label}
          {count !== undefined && <span className="ml-1.5 text-soft tabular-nums">{count}</span>}
        </button>
      ))}
    </div>
  );
}
