import { useQuery } from '@tanstack/react-query';
import type { Task, Why, WhyCode } from '../../../src/surfaces/http/wire.ts';
import { act } from '../state/actions.ts';
import type { Fields } from '../state/api.ts';
import { whyQuery } from '../state/queries.ts';
import { linkTo } from '../state/route.ts';
import { t } from '../strings.ts';
import { Button, buttonClass } from '../ui/parts.tsx';

/** The one verb that helps, if a verb does. */
type Help = { readonly verb: string; readonly label: string; readonly fields?: Fields };

function helpOf(code: WhyCode): Help | 'operate' | undefined {
  switch (code) {
    case 'running':
      return { verb: 'stop', label: t.stop };
    case 'in_triage':
      return { verb: 'specify', label: t.specify };
    case 'scheduled':
      return { verb: 'unblock', label: t.wakeNow };
    case 'blocked':
      return { verb: 'unblock', label: t.unblock };
    case 'gave_up':
    case 'cooling_down':
      return { verb: 'unblock', label: t.tryAgain };
    case 'waits_for_parents':
      return { verb: 'promote', label: t.startAnyway, fields: { force: true } };
    case 'to_be_promoted':
      return { verb: 'promote', label: t.makeReady };
    case 'in_review':
    case 'review_by_hand':
      return { verb: 'complete', label: t.approve };
    case 'held':
      return { verb: 'reclaim', label: t.takeBack };
    case 'no_gateway':
    case 'board_set_aside':
    case 'hermes_dispatches':
    case 'paused':
    case 'resting':
    case 'probing':
    case 'no_profile':
    case 'profile_left_out':
    case 'profile_full':
    case 'tenant_full':
    case 'board_full':
    case 'no_slot':
      return 'operate';
    case 'done':
    case 'archived':
    case 'foreign_status':
    case 'unassigned':
    case 'process_lingers':
    case 'over_budget':
    case 'starting':
      return undefined;
  }
}

/** The sentence names commands of the command line between backticks. */
const words = (sentence: string) =>
  sentence.split('`').map((part, index) =>
    index % 2 === 0 ? (
      part
    ) : (
      <code key={index} className="rounded bg-hover px-1 font-mono text-[12px]">
        {part}
      </code>
    ),
  );

/** Why a task does not run, what happens next, and a button for it. */
export function WhyBox({ board, task }: { readonly board: string; readonly task: Task }) {
  const { data: why } = useQuery(whyQuery(board, task.id));
  if (why === undefined || why['code'] === 'done' || why['code'] === 'archived') return null;
  return (
    <section
      aria-label={t.why}
      className="flex items-start gap-3 rounded-lg border border-line bg-ground p-3"
    >
      <div className="min-w-0 flex-1">
        <p className="font-medium break-words">{words(why.sentence)}</p>
        <p className="break-words text-soft">{words(why.next)}</p>
        {task.last_failure_error !== null && task.consecutive_failures > 0 && (
          <p className="mt-1 font-mono text-[12px] break-words text-bad">{task.last_failure_error}</p>
        )}
      </div>
      <HelpButton board={board} id={task.id} why={why} />
    </section>
  );
}

function HelpButton({ board, id, why }: { readonly board: string; readonly id: string; readonly why: Why }) {
  const help = helpOf(why.code);
  if (help === undefined) return null;
  if (help === 'operate') {
    return (
      <a href={linkTo({ page: 'operate', board: undefined })} className={buttonClass()}>
        {t.openOperate}
      </a>
    );
  }
  const { verb, label, fields } = help;
  return (
    <Button
      look={verb === 'stop' ? 'bad' : 'accent'}
      onClick={() => void act({ board, id, verb, ...(fields !== undefined && { fields }) })}
    >
      {label}
    </Button>
  );
}
