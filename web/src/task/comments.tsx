import { type FormEvent, useState } from 'react';
import type { TaskView } from '../../../src/surfaces/http/wire.ts';
import { act } from '../state/actions.ts';
import { t } from '../strings.ts';
import { Markdown } from '../ui/markdown.tsx';
import { Ago, Avatar, Button } from '../ui/parts.tsx';

/** What was said about a task; the worker reads it when it starts. */
export function Comments({ board, view }: { readonly board: string; readonly view: TaskView }) {
  return (
    <section aria-label={t.comments} className="flex flex-col gap-3">
      <h3 className="heading">{t.comments}</h3>
      <ul className="flex flex-col gap-4">
        {view.comments.map(({ id, author, body, created_at }) => (
          <li key={id} className="flex gap-2.5">
            <Avatar name={author} />
            <div className="min-w-0 flex-1">
              <div className="flex items-center gap-2 text-soft">
                <span className="font-medium text-ink">{author}</span>
                <Ago at={created_at} />
              </div>
              <Markdown text={body} board={board} />
            </div>
          </li>
        ))}
      </ul>
      <Write board={board} id={view.task.id} blocked={view.task.status === 'blocked'} />
    </section>
  );
}

function Write({
  board,
  id,
  blocked,
}: {
  readonly board: string;
  readonly id: string;
  readonly blocked: boolean;
}) {
  const [body, setBody] = useState('');
  const nothing = body.trim() === '';
  const send = async (event?: FormEvent): Promise<boolean> => {
    event?.preventDefault();
    if (nothing || !(await act({ board, id, verb: 'comments', fields: { body } }))) return false;
    setBody('');
    return true;
  };
  const answer = async (): Promise<void> => {
    if (await send()) await act({ board, id, verb: 'unblock' });
  };
  return (
    <form
      onSubmit={(event) => void send(event)}
      className="rounded-lg border border-line focus-within:border-line-strong"
    >
      <textarea
        rows={2}
        value={body}
        onChange={(event) => setBody(event.target.value)}
        onKeyDown={(event) => event.key === 'Enter' && (event.metaKey || event.ctrlKey) && void send()}
        placeholder={t.writeComment}
        aria-label={t.writeComment}
        className="field-sizing-content min-h-14 w-full resize-none bg-transparent px-3 py-2 outline-none placeholder:text-soft"
      />
      <div className="flex justify-end gap-2 p-1.5 pt-0">
        <Button type="submit" disabled={nothing}>
          {t.comment}
        </Button>
        {blocked && (
          <Button look="accent" disabled={nothing} onClick={() => void answer()}>
            {t.answer}
          </Button>
        )}
      </div>
    </form>
  );
}
