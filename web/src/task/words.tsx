import { useState } from 'react';
import type { Task } from '../../../src/surfaces/http/wire.ts';
import { revise } from '../state/actions.ts';
import { t } from '../strings.ts';
import { Markdown } from '../ui/markdown.tsx';
import { Button } from '../ui/parts.tsx';

/** Title and body of a task, edited where they stand. */

interface Props {
  readonly board: string;
  readonly task: Task;
}

export function Title({ board, task }: Props) {
  const [draft, setDraft] = useState<string | undefined>(undefined);
  const save = (): void => {
    const title = draft?.trim();
    setDraft(undefined);
    if (title && title !== task.title) void revise(board, task.id, { title });
  };
  return (
    <textarea
      rows={1}
      value={draft ?? task.title}
      aria-label={t.title}
      onChange={(event) => setDraft(event.target.value.replaceAll('\n', ' '))}
      onBlur={save}
      onKeyDown={(event) => {
        if (event.key === 'Enter') event.currentTarget.blur();
        if (event.key !== 'Escape' || draft === undefined) return;
        event.preventDefault();
        setDraft(undefined);
      }}
      className="-mx-1.5 field-sizing-content w-[calc(100%+0.75rem)] resize-none rounded-md border border-transparent bg-transparent px-1.5 py-1 text-lg leading-snug font-semibold hover:border-line focus:border-line-strong focus:outline-none"
    />
  );
}

export function Body({ board, task }: Props) {
  const [draft, setDraft] = useState<string | undefined>(undefined);
  const save = async (): Promise<void> => {
    if (draft === undefined || draft === (task.body ?? '')) return setDraft(undefined);
    if (await revise(board, task.id, { body: draft })) setDraft(undefined);
  };
  if (draft === undefined) {
    return (
      <section aria-label={t.body} className="group relative">
        {task.body ? <Markdown text={task.body} board={board} /> : <p className="text-soft">{t.noBody}</p>}
        <Button look="quiet" className="mt-1.5 -ml-2.5" onClick={() => setDraft(task.body ?? '')}>
          {task.body ? t.editBody : t.addBody}
        </Button>
      </section>
    );
  }
  return (
    <form
      className="flex flex-col gap-2"
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      <textarea
        autoFocus
        value={draft}
        onChange={(event) => setDraft(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && (event.metaKey || event.ctrlKey)) void save();
          if (event.key !== 'Escape') return;
          event.preventDefault();
          setDraft(undefined);
        }}
        aria-label={t.body}
        className="field field-sizing-content min-h-32 font-mono text-[12.5px]"
      />
      <div className="flex justify-end gap-2">
        <Button look="quiet" onClick={() => setDraft(undefined)}>
          {t.cancel}
        </Button>
        <Button look="accent" type="submit">
          {t.save}
        </Button>
      </div>
    </form>
  );
}
