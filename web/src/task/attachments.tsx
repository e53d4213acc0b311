import { useRef, useState } from 'react';
import type { TaskView } from '../../../src/surfaces/http/wire.ts';
import { useAsk } from '../state/actions.ts';
import { query, remove, upload } from '../state/api.ts';
import { boardPath, taskPath } from '../state/queries.ts';
import { sizeOf, t } from '../strings.ts';
import { Icon } from '../ui/icons.tsx';
import { classes, IconButton } from '../ui/parts.tsx';

/** The files of a task: dropped here or chosen, fetched by their names. */
export function Attachments({ board, view }: { readonly board: string; readonly view: TaskView }) {
  const { id } = view.task;
  const ask = useAsk(board, id);
  const chooser = useRef<HTMLInputElement>(null);
  const [over, setOver] = useState(false);
  const add = (files: FileList | null): void => {
    for (const file of files ?? []) {
      ask.mutate(() => upload(`${taskPath(board, id)}/attachments${query({ filename: file.name })}`, file));
    }
  };
  return (
    <section
      aria-label={t.attachments}
      className={classes('rounded-lg', over && 'outline-2 outline-accent')}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        add(event.dataTransfer.files);
      }}
    >
      <div className="flex items-center gap-1">
        <h3 className="heading">{t.attachments}</h3>
        <IconButton
          icon="add"
          label={t.attach}
          onClick={() => chooser.current?.click()}
          disabled={ask.isPending}
        />
        <input
          ref={chooser}
          type="file"
          multiple
          className="hidden"
          aria-label={t.attach}
          onChange={(event) => add(event.target.files)}
        />
      </div>
      <ul>
        {view.attachments.map((file) => (
          <li key={file.id} className="group flex h-8 items-center gap-2 rounded-md px-1.5 hover:bg-hover">
            <Icon name="attach" />
            <a
              href={`/api/v1${boardPath(board)}/attachments/${file.id}`}
              download
              className="min-w-0 flex-1 truncate"
            >
              {file.filename}
            </a>
            <span className="text-soft tabular-nums">{sizeOf(file.size)}</span>
            <IconButton
              icon="trash"
              label={t.removeFile(file.filename)}
              className="opacity-0 group-hover:opacity-100 focus-visible:opacity-100 pointer-coarse:opacity-100"
              onClick={() => ask.mutate(() => remove(`${boardPath(board)}/attachments/${file.id}`))}
            />
          </li>
        ))}
      </ul>
    </section>
  );
}
