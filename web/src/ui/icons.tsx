import type { ReactNode } from 'react';
import type { Status } from '../../../src/surfaces/http/wire.ts';

/** Small drawings in the colour of the text around them. */

const draw = (inside: ReactNode, size = 16) => (
  <svg
    width={size}
    height={size}
    viewBox="0 0 16 16"
    fill="none"
    stroke="currentColor"
    strokeWidth="1.5"
    strokeLinecap="round"
    strokeLinejoin="round"
    aria-hidden="true"
    className="shrink-0"
  >
    {inside}
  </svg>
);

const icons = {
  add: draw(<path d="M8 3v10M3 8h10" />),
  attach: draw(<path d="m12.5 7.5-5 5a3 3 0 0 1-4.2-4.2l5.5-5.5a2 2 0 0 1 2.8 2.8L6.2 11" />),
  back: draw(<path d="M10 3 5 8l5 5" />),
  bell: draw(<path d="M4 11V7a4 4 0 0 1 8 0v4l1 1.5H3zM6.8 14.5h2.4" />),
  'bell-off': draw(
    <path d="M4 11V7c0-.9.3-1.7.8-2.3M6.6 3.3A4 4 0 0 1 12 7v3M12.5 12.5H3L4 11M6.8 14.5h2.4M2.5 2.5l11 11" />,
  ),
  board: draw(<path d="M3 3h2.5v10H3zM6.9 3h2.5v6H6.9zM10.7 3h2.5v8h-2.5z" />),
  check: draw(<path d="m3.5 8.5 3 3 6-7" />),
  chevron: draw(<path d="m4.5 6.5 3.5 3.5 3.5-3.5" />),
  close: draw(<path d="m4 4 8 8M12 4l-8 8" />),
  comment: draw(<path d="M3 3.5h10v7H8l-3 2.5v-2.5H3z" />),
  diff: draw(<path d="M8 3v6M5 6h6M5 12.5h6" />),
  filter: draw(<path d="M2.5 4h11M4.5 8h7M6.5 12h3" />),
  flow: draw(<path d="M2.5 12.5 6 8l3 2.5 4.5-6" />),
  graph: draw(<path d="M3 5.5h3v-3H3zM10 13.5h3v-3h-3zM10 5.5h3v-3h-3zM6 4h4M4.5 5.5c0 5 2 6.5 5.5 6.5" />),
  inbox: draw(<path d="M2.5 9 4 3.5h8L13.5 9v3.5h-11zM2.5 9H6l1 1.5h2L10 9h3.5" />),
  keyboard: draw(<path d="M2 4.5h12v7H2zM4.5 7h.01M7 7h.01M9 7h.01M11.5 7h.01M5.5 9.5h5" />),
  link: draw(
    <path d="M6.5 9.5 9.5 6.5M7 4.5l1.5-1.5a3 3 0 0 1 4.5 4.5L11.5 9M9 11.5 7.5 13A3 3 0 0 1 3 8.5L4.5 7" />,
  ),
  menu: draw(<path d="M2.5 4.5h11M2.5 8h11M2.5 11.5h11" />),
  more: draw(<path d="M3.5 8h.01M8 8h.01M12.5 8h.01" strokeWidth="2" />),
  operate: draw(
    <path d="M8 5.5a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5zM8 2v1.5M8 12.5V14M2 8h1.5M12.5 8H14M3.8 3.8l1 1M11.2 11.2l1 1M12.2 3.8l-1 1M4.8 11.2l-1 1" />,
  ),
  pause: draw(<path d="M5.5 3.5v9M10.5 3.5v9" />),
  play: draw(<path d="M5 3.5v9l7-4.5z" />),
  review: draw(
    <path d="M1.5 8S4 3.5 8 3.5 14.5 8 14.5 8 12 12.5 8 12.5 1.5 8 1.5 8zM8 6.2a1.8 1.8 0 1 0 0 3.6 1.8 1.8 0 0 0 0-3.6z" />,
  ),
  search: draw(<path d="M7 3a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM10 10l3 3" />),
  stop: draw(<path d="M4.5 4.5h7v7h-7z" />),
  subtasks: draw(<path d="M3 4h10M6 8h7M6 12h7M3 4v8h1.5M3 8h1.5" />),
  theme: draw(<path d="M13 9.5A5.5 5.5 0 0 1 6.5 3 5.5 5.5 0 1 0 13 9.5z" />),
  timeline: draw(<path d="M2.5 4.5h6M5 8h7M8 11.5h5.5" />),
  trash: draw(<path d="M3 4.5h10M6 4.5V3h4v1.5M4.5 4.5l.5 8.5h6l.5-8.5" />),
  warning: draw(<path d="M8 2.5 14.5 13h-13zM8 6.5v3M8 11.3h.01" />),
} satisfies Record<string, ReactNode>;

export type IconName = keyof typeof icons;
export const Icon = ({ name }: { readonly name: IconName }): ReactNode => icons[name];

const ring = (inside: ReactNode, dashed = false) =>
  draw(
    <>
      <circle cx="8" cy="8" r="5.75" {...(dashed && { strokeDasharray: '2 2.5' })} />
      {inside}
    </>,
    14,
  );
const pie = (part: number) => (
  <circle
    cx="8"
    cy="8"
    r="1.9"
    strokeWidth="3.8"
    strokeLinecap="butt"
    strokeDasharray={`${part * 11.94} 12`}
    transform="rotate(-90 8 8)"
  />
);

/** How each status looks: a drawing that tells it without colour, and a colour. */
export const statusLooks = {
  triage: { icon: ring(<path d="M8 5v3.5M8 11h.01" />, true), color: 'text-warn' },
  todo: { icon: ring(null, true), color: 'text-soft' },
  scheduled: { icon: ring(<path d="M8 5v3l2 1.5" />), color: 'text-soft' },
  ready: { icon: ring(null), color: 'text-ink' },
  running: { icon: ring(pie(0.5)), color: 'text-warn' },
  blocked: { icon: ring(<path d="M5.5 8h5" strokeWidth="2" />), color: 'text-bad' },
  review: { icon: ring(pie(0.8)), color: 'text-accent' },
  done: { icon: ring(<path d="m5.6 8.2 1.7 1.7 3.2-3.6" />), color: 'text-good' },
  archived: { icon: ring(<path d="m6 6 4 4M10 6l-4 4" />), color: 'text-soft' },
} satisfies Record<Status, { icon: ReactNode; color: string }>;

const isStatus = (word: string): word is Status => Object.hasOwn(statusLooks, word);

/** The sign of a status; one that another program made up has that of `todo`. */
export function StatusIcon({ status }: { readonly status: string }) {
  const { icon, color } = statusLooks[isStatus(status) ? status : 'todo'];
  return <span className={color}>{icon}</span>;
}
