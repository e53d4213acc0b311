import { useQuery } from '@tanstack/react-query';
import type { Card, Task } from '../../../src/surfaces/http/wire.ts';
import { columnNames, moveTo } from '../board/move-menu.tsx';
import { mayDrop } from '../board/moves.ts';
import { act, revise } from '../state/actions.ts';
import { profilesQuery } from '../state/queries.ts';
import { isStatusName, statusNames, t } from '../strings.ts';
import { StatusIcon } from '../ui/icons.tsx';
import { Menu } from '../ui/menu.tsx';
import { Avatar, Button, Chip } from '../ui/parts.tsx';

/** As much of a card as a move needs. */
const cardOf = (task: Task): Card => ({
  ...task,
  body_preview: null,
  latest_summary: null,
  parents: 0,
  comments: 0,
  attachments: 0,
  children: { done: 0, total: 0 },
  scheduled_at: null,
});

/** Where a task stands, whose it is, how important: each can be changed here. */
export function Facts({ board, task }: { readonly board: string; readonly task: Task }) {
  const shown = isStatusName(task.status) ? statusNames[task.status] : task.status;
  return (
    <div className="flex flex-wrap items-center gap-1.5">
      <Menu
        label={t.moveTo}
        trigger={
          <Button>
            <StatusIcon status={task.status} />
            {shown}
          </Button>
        }
        items={columnNames
          .filter((status) => mayDrop(task.status, status))
          .map((status) => ({
            label: statusNames[status],
            icon: <StatusIcon status={status} />,
            onPick: () => moveTo(board, { card: cardOf(task), to: status }),
          }))}
      />
      <AssigneeMenu board={board} task={task} />
      <label className="flex h-7 items-center gap-1.5 rounded-md border border-line bg-panel px-2.5 shadow-card">
        <span className="text-soft">{t.priority}</span>
        <input
          key={task.priority}
          type="number"
          defaultValue={task.priority}
          className="w-10 bg-transparent tabular-nums outline-none"
          onBlur={(event) => {
            const priority = event.target.valueAsNumber;
            if (Number.isInteger(priority) && priority !== task.priority)
              void revise(board, task.id, { priority });
          }}
          onKeyDown={(event) => event.key === 'Enter' && event.currentTarget.blur()}
        />
      </label>
      {task.tenant !== null && <Chip title={t.tenant}>{task.tenant}</Chip>}
      {task.branch_name !== null && <Chip title={t.branch}>{task.branch_name}</Chip>}
      {task.workspace_kind !== 'scratch' && (
        <Chip title={task.workspace_path ?? ''}>{task.workspace_kind}</Chip>
      )}
    </div>
  );
}

/** Gives a task to somebody, also one that is being worked on: its worker is ended first then. */
export function AssigneeMenu({ board, task }: { readonly board: string; readonly task: Task }) {
  const profiles = useQuery(profilesQuery).data?.profiles ?? [];
  const give = (assignee: string | null): void => {
    const runs = task.status === 'running';
    if (!runs) void act({ board, id: task.id, verb: 'assign', fields: { assignee } });
    else void act({ board, id: task.id, verb: 'reassign', fields: { assignee, reclaim: true } });
  };
  return (
    <Menu
      label={t.assignTo}
      trigger={
        <Button>
          <span className="sr-only">{t.assignee}:</span>
          <Avatar name={task.assignee} />
          {task.assignee ?? t.nobody}
        </Button>
      }
      items={[
        {
          label: t.nobody,
          icon: <Avatar name={null} />,
          checked: task.assignee === null,
          onPick: () => give(null),
        },
        ...profiles.map(({ name }) => ({
          label: name,
          icon: <Avatar name={name} />,
          checked: task.assignee === name,
          onPick: () => give(name),
        })),
      ]}
    />
  );
}
