import { useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import type { Changes as Found, TaskView } from '../../../src/surfaces/http/wire.ts';
import { act } from '../state/actions.ts';
import { changesQuery } from '../state/queries.ts';
import { t } from '../strings.ts';
import { Button, Empty } from '../ui/parts.tsx';
import { FileChanges } from './file-changes.tsx';
import { commentOf, filesOf, type Remark } from './patch.ts';

interface Props {
  readonly board: string;
  readonly view: TaskView;
}

/** What the newest run changed in its worktree, line by line; what is said about a line goes back to the agent. */
export default function Changes({ board, view }: Props) {
  const run = view.runs.at(-1);
  const { data, error, refetch, isFetching } = useQuery({
    ...changesQuery(board, run?.id ?? 0),
    enabled: run !== undefined,
  });
  if (run === undefined) return <Empty>{t.noRuns}</Empty>;
  if (data === undefined) return <Empty>{error === null ? t.loading : error.message}</Empty>;
  if (data.changes === null) return <Empty>{data.sentence}</Empty>;
  return (
    <Patch
      board={board}
      view={view}
      changes={data.changes}
      onRefresh={() => void refetch()}
      isFetching={isFetching}
    />
  );
}

function Patch({
  board,
  view,
  changes,
  onRefresh,
  isFetching,
}: Props & { readonly changes: Found; readonly onRefresh: () => void; readonly isFetching: boolean }) {
  const files = useMemo(() => filesOf(changes.patch), [changes.patch]);
  const [remarks, setRemarks] = useState<readonly Remark[]>([]);
  const added = files.reduce((sum, file) => sum + file.added, 0);
  const removed = files.reduce((sum, file) => sum + file.removed, 0);
  return (
    <div className="flex flex-col gap-3">
      <div className="flex flex-wrap items-center gap-2 text-soft">
        <span className="font-mono">
          {changes.base}…{changes.head}
        </span>
        <span>{t.filesChanged(files.length)}</span>
        <span className="text-good tabular-nums">+{added}</span>
        <span className="text-bad tabular-nums">−{removed}</span>
        <span className="flex-1" />
        <Button look="quiet" onClick={onRefresh} disabled={isFetching}>
          {t.refresh}
        </Button>
      </div>
      <Verdict board={board} view={view} remarks={remarks} onSent={() => setRemarks([])} />
      {!changes.whole && <p className="text-warn">{t.cutPatch}</p>}
      {files.length === 0 && <Empty>{t.noChanges}</Empty>}
      {files.map((file) => (
        <FileChanges
          key={file.path}
          file={file}
          remarks={remarks.filter(({ path }) => path === file.path)}
          onRemark={(remark) => setRemarks([...remarks, remark])}
          onForget={(remark) => setRemarks(remarks.filter((other) => other !== remark))}
        />
      ))}
    </div>
  );
}

/** The end of a review: approve, ask for changes with all remarks, or only say them. */
function Verdict({
  board,
  view: { task },
  remarks,
  onSent,
}: Props & { readonly remarks: readonly Remark[]; readonly onSent: () => void }) {
  const [summary, setSummary] = useState('');
  const text = [summary.trim(), commentOf(remarks)].filter((part) => part !== '').join('\n\n');
  const send = async (
    verb: string,
    fields: Readonly<Record<string, unknown>>,
    done: string,
  ): Promise<void> => {
    if (!(await act({ board, id: task.id, verb, fields, done }))) return;
    setSummary('');
    onSent();
  };
  const reviews = task.status === 'review';
  return (
    <div className="flex flex-col gap-2 rounded-lg border border-line p-2.5">
      <textarea
        rows={1}
        value={summary}
        onChange={(event) => setSummary(event.target.value)}
        placeholder={t.remarkOnAll}
        aria-label={t.remarkOnAll}
        className="field-sizing-content w-full resize-none bg-transparent px-1 outline-none placeholder:text-soft"
      />
      <div className="flex flex-wrap justify-end gap-2">
        <Button disabled={text === ''} onClick={() => void send('comments', { body: text }, t.sent)}>
          {remarks.length === 0 ? t.comment : t.sendRemarks(remarks.length)}
        </Button>
        {reviews && (
          <>
            <Button
              disabled={text === ''}
              onClick={() => void send('request-changes', { reason: text }, t.changesAsked)}
            >
              {t.requestChanges}
            </Button>
            <Button
              look="accent"
              onClick={() => void send('complete', text === '' ? {} : { summary: text }, t.approved)}
            >
              {t.approve}
            </Button>
          </>
        )}
      </div>
    </div>
  );
}
