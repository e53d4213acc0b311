import { useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import type { Changes as Found, Run, TaskView } from '../../../src/surfaces/http/wire.ts';
import { act } from '../state/actions.ts';
import { changesQuery } from '../state/queries.ts';
import { t } from '../strings.ts';
import { Button, Empty } from '../ui/parts.tsx';
import { FileChanges } from './file-changes.tsx';
import { commentOf, filesOf, type PatchFile, type Remark } from './patch.ts';

interface Props {
  readonly board: string;
  readonly view: TaskView;
}

/** What the newest run changed in its worktree, line by line; what is said about a line goes back to the agent. */
export default function Changes({ board, view }: Props) {
  const [remarks, setRemarks] = useState<readonly Remark[]>([]);
  const run = view.runs.at(-1);
  const { data, error, refetch, isFetching } = useQuery({
    ...changesQuery(board, run?.id ?? 0),
    enabled: run !== undefined,
  });
  const patch = data?.changes ?? undefined;
  const files = useMemo(() => filesOf(patch?.patch ?? ''), [patch]);
  return (
    <div className="flex flex-col gap-3">
      {patch && (
        <Summary changes={patch} files={files} onRefresh={() => void refetch()} isFetching={isFetching} />
      )}
      <Verdict board={board} view={view} remarks={remarks} onSent={() => setRemarks([])} />
      {files.length === 0 && <Empty>{sentenceOf(run, data, error)}</Empty>}
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

/** Why there is nothing to see. */
function sentenceOf(
  run: Run | undefined,
  data: { readonly changes: Found | null; readonly sentence: string } | undefined,
  error: Error | null,
): string {
  if (run === undefined) return t.noRuns;
  if (data === undefined) return error?.message ?? t.loading;
  return data.changes === null ? data.sentence : t.noChanges;
}

function Summary({
  changes,
  files,
  onRefresh,
  isFetching,
}: {
  readonly changes: Found;
  readonly files: readonly PatchFile[];
  readonly onRefresh: () => void;
  readonly isFetching: boolean;
}) {
  return (
    <>
      <div className="flex flex-wrap items-center gap-2 text-soft">
        <span className="font-mono">
          {changes.base === changes.head ? changes.base : `${changes.base}…${changes.head}`}
        </span>
        <span>{t.filesChanged(files.length)}</span>
        <span className="text-good tabular-nums">+{files.reduce((sum, { added }) => sum + added, 0)}</span>
        <span className="text-bad tabular-nums">−{files.reduce((sum, { removed }) => sum + removed, 0)}</span>
        <span className="flex-1" />
        <Button look="quiet" onClick={onRefresh} disabled={isFetching}>
          {t.refresh}
        </Button>
      </div>
      {!changes.whole && <p className="text-warn">{t.cutPatch}</p>}
    </>
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
        id="verdict"
        rows={1}
        value={summary}
        onChange={(event) => setSummary(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === 'Escape') event.currentTarget.blur();
          if (event.key !== 'Enter' || !(event.metaKey || event.ctrlKey) || text === '') return;
          if (reviews) void send('request-changes', { reason: text }, t.changesAsked);
          else void send('comments', { body: text }, t.sent);
        }}
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
