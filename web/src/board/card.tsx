import { useDraggable } from '@dnd-kit/react';
import { type MouseEvent, memo } from 'react';
import type { Card } from '../../../src/surfaces/http/wire.ts';
import { linkTo } from '../state/route.ts';
import { t } from '../strings.ts';
import { Icon } from '../ui/icons.tsx';
import { Ago, Avatar, Chip, classes, short } from '../ui/parts.tsx';
import { MoveMenu } from './move-menu.tsx';

interface Props {
  readonly board: string;
  readonly card: Card;
  readonly compact: boolean;
  readonly selected: boolean;
  readonly open: boolean;
  readonly onPick: (event: MouseEvent, card: Card) => void;
}

/** A card of the board: a link to its task, that can be dragged, selected and moved by its menu. */
export const BoardCard = memo(function BoardCard({ board, card, compact, selected, open, onPick }: Props) {
  const { ref, isDragging } = useDraggable({ id: card.id, data: { card } });
  return (
    <article
      ref={ref}
      data-card={card.id}
      className={classes(
        'group relative touch-manipulation rounded-lg border bg-panel shadow-card select-none',
        compact ? 'px-2 py-1' : 'px-2.5 py-2',
        isDragging && 'opacity-40',
        selected
          ? 'border-accent bg-accent-soft'
          : open
            ? 'border-line-strong'
            : 'border-line hover:border-line-strong',
      )}
    >
      {!compact && <Top card={card} />}
      <div className="flex items-start gap-2">
        {compact && <Avatar name={card.assignee} />}
        <a
          href={linkTo({ task: { board, id: card.id } })}
          draggable={false}
          onClick={(event) => onPick(event, card)}
          className={classes(
            'min-w-0 flex-1 text-[13px] leading-snug break-words after:absolute after:inset-0 after:rounded-lg focus-visible:outline-none focus-visible:after:outline-2 focus-visible:after:outline-accent',
            compact ? 'truncate' : 'line-clamp-2',
          )}
        >
          {card.title}
        </a>
        {compact && <Signs card={card} />}
        <MoveMenu board={board} card={card} />
      </div>
      {!compact && <Bottom card={card} />}
    </article>
  );
});

const Top = ({ card }: { readonly card: Card }) => (
  <div className="mb-1 flex h-[18px] items-center gap-1.5 text-[11px] text-soft">
    <span className="font-mono">{card.id}</span>
    {card.priority !== 0 && <span title={t.priority}>{t.priorityOf(card.priority)}</span>}
    <span className="flex-1" />
    <Ago at={card.completed_at ?? card.started_at ?? card.created_at} />
    <span title={card.assignee ?? t.nobody} className="pointer-coarse:mr-8">
      <Avatar name={card.assignee} />
    </span>
  </div>
);

/** What deserves a look, in the order of how much. */
const Signs = ({ card }: { readonly card: Card }) => (
  <>
    {card.status === 'running' && (
      <span className="size-2 motion-safe:animate-pulse rounded-full bg-warn" title={t.running} />
    )}
    {card.consecutive_failures > 0 && (
      <span
        className="inline-flex items-center gap-0.5 text-bad"
        title={t.failures(card.consecutive_failures)}
      >
        <Icon name="warning" />
        {card.consecutive_failures}
      </span>
    )}
  </>
);

function Bottom({ card }: { readonly card: Card }) {
  const { children, comments, attachments, tenant, parents, scheduled_at, block_kind, status } = card;
  const wakes =
    scheduled_at === null || status !== 'scheduled' ? undefined : (scheduled_at - Date.now()) / 1000;
  const kind = status === 'blocked' ? block_kind : null;
  const quiet = children.total + comments + attachments + parents === 0 && tenant === null && kind === null;
  if (quiet && wakes === undefined && status !== 'running' && card.consecutive_failures === 0) return null;
  return (
    <div className="mt-1.5 flex flex-wrap items-center gap-x-2 gap-y-1 text-[11px] text-soft">
      <Signs card={card} />
      {kind !== null && <Chip>{t.blockKind(kind)}</Chip>}
      {wakes !== undefined && <Chip>{t.wakesIn(short(Math.max(0, wakes)))}</Chip>}
      {tenant !== null && <Chip title={t.tenant}>{tenant}</Chip>}
      {parents > 0 && (
        <span className="inline-flex items-center gap-0.5" title={t.waitsFor(parents)}>
          <Icon name="link" />
          {parents}
        </span>
      )}
      {children.total > 0 && (
        <span className="inline-flex items-center gap-0.5" title={t.childrenDone}>
          <Icon name="subtasks" />
          {children.done}/{children.total}
        </span>
      )}
      {comments > 0 && (
        <span className="inline-flex items-center gap-0.5" title={t.comments}>
          <Icon name="comment" />
          {comments}
        </span>
      )}
      {attachments > 0 && (
        <span className="inline-flex items-center gap-0.5" title={t.attachments}>
          <Icon name="attach" />
          {attachments}
        </span>
      )}
    </div>
  );
}
