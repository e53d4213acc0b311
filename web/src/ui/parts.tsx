import type { ButtonHTMLAttributes, ReactNode } from 'react';
import { useEffect, useState } from 'react';
import { Icon, type IconName } from './icons.tsx';

/** The small things that every page is made of. */

export const classes = (...names: readonly (string | false | undefined)[]): string =>
  names.filter((name) => name).join(' ');

const looks = {
  plain: 'border border-line bg-panel text-ink hover:bg-hover shadow-card',
  quiet: 'text-soft hover:bg-hover hover:text-ink',
  accent: 'bg-accent text-on-accent hover:opacity-90 shadow-card',
  bad: 'border border-line bg-panel text-bad hover:bg-hover shadow-card',
} as const;

interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  readonly look?: keyof typeof looks;
  readonly icon?: IconName;
}

export const buttonClass = (look: keyof typeof looks = 'plain'): string =>
  classes(
    'inline-flex h-7 shrink-0 items-center gap-1.5 rounded-md px-2.5 font-medium whitespace-nowrap disabled:opacity-50 pointer-coarse:h-9',
    looks[look],
  );

export function Button({ look = 'plain', icon, className, children, ...rest }: ButtonProps) {
  return (
    <button type="button" className={classes(buttonClass(look), className)} {...rest}>
      {icon && <Icon name={icon} />}
      {children}
    </button>
  );
}

export const iconButtonClass =
  'inline-flex size-7 shrink-0 items-center justify-center rounded-md text-soft hover:bg-hover hover:text-ink disabled:opacity-40 pointer-coarse:size-9';

/** A button without words; `label` says what it does. */
export function IconButton({
  icon,
  label,
  className,
  ...rest
}: Omit<ButtonProps, 'look'> & { readonly icon: IconName; readonly label: string }) {
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      className={classes(iconButtonClass, className)}
      {...rest}
    >
      <Icon name={icon} />
    </button>
  );
}

export const Kbd = ({ children }: { readonly children: ReactNode }) => (
  <kbd className="rounded border border-line bg-ground px-1 font-mono text-[11px] text-soft">{children}</kbd>
);

/** A profile by its letters, in a colour of its own. */
export function Avatar({ name }: { readonly name: string | null }) {
  if (name === null) {
    return (
      <span className="block size-[18px] shrink-0 rounded-full border border-dashed border-line-strong" />
    );
  }
  const hue = [...name].reduce((sum, sign) => (sum * 31 + (sign.codePointAt(0) ?? 0)) % 360, 7);
  return (
    <span
      className="flex size-[18px] shrink-0 items-center justify-center rounded-full text-[9px] font-semibold text-white uppercase"
      style={{ background: `oklch(46% 0.1 ${hue})` }}
      aria-hidden="true"
    >
      {name.slice(0, 2)}
    </span>
  );
}

export const Chip = ({ children, title }: { readonly children: ReactNode; readonly title?: string }) => (
  <span
    className="inline-flex h-5 max-w-40 items-center gap-1 truncate rounded-full border border-line px-1.5 text-[11px] text-soft"
    title={title}
  >
    {children}
  </span>
);

export const Empty = ({ children }: { readonly children: ReactNode }) => (
  <p className="p-8 text-center text-soft">{children}</p>
);

/** The time, each `every` milliseconds anew. */
export function useNow(every: number): number {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), every);
    return () => clearInterval(timer);
  }, [every]);
  return now;
}

const steps = [
  ['d', 86_400],
  ['h', 3600],
  ['m', 60],
] as const;

/** A duration in seconds as a short word: `45s`, `12m`, `3h`, `2d`. */
export function short(seconds: number): string {
  const step = steps.find(([, size]) => seconds >= size);
  return step === undefined
    ? `${Math.max(0, Math.floor(seconds))}s`
    : `${Math.floor(seconds / step[1])}${step[0]}`;
}

/** How long ago a time in seconds was; the whole of it when pointed at. */
export function Ago({ at }: { readonly at: number }) {
  const now = useNow(30_000);
  const date = new Date(at * 1000);
  return (
    <time dateTime={date.toISOString()} title={date.toLocaleString()} className="whitespace-nowrap">
      {short(now / 1000 - at)}
    </time>
  );
}
