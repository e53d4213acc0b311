import { useState } from 'react';
import { t } from '../strings.ts';
import { Icon } from '../ui/icons.tsx';
import { Button, classes, IconButton } from '../ui/parts.tsx';
import type { PatchFile, PatchLine, Remark } from './patch.ts';

/** A file with more lines is shown when somebody wants to see it. */
const longFile = 400;
const mostLines = 5000;

const ground = {
  same: '',
  added: 'bg-good/10',
  removed: 'bg-bad/10',
  hunk: 'bg-hover text-soft',
} satisfies Record<PatchLine['kind'], string>;
const sign = { same: ' ', added: '+', removed: '−', hunk: ' ' } satisfies Record<PatchLine['kind'], string>;

interface Props {
  readonly file: PatchFile;
  readonly remarks: readonly Remark[];
  readonly onRemark: (remark: Remark) => void;
  readonly onForget: (remark: Remark) => void;
}

export function FileChanges({ file, remarks, onRemark, onForget }: Props) {
  const [open, setOpen] = useState(file.lines.length <= longFile);
  const [at, setAt] = useState<PatchLine | undefined>(undefined);
  return (
    <section aria-label={file.path} className="overflow-hidden rounded-lg border border-line">
      <button
        type="button"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
        className="flex w-full items-center gap-2 border-b border-line bg-ground px-2.5 py-1.5 text-left"
      >
        <span className={classes('text-soft', !open && '-rotate-90')}>
          <Icon name="chevron" />
        </span>
        <span className="min-w-0 flex-1 truncate font-mono text-[12px]">{file.path}</span>
        {file.change !== 'changed' && <span className="text-soft">{t.fileChange[file.change]}</span>}
        <span className="text-good tabular-nums">+{file.added}</span>
        <span className="text-bad tabular-nums">−{file.removed}</span>
      </button>
      {open && file.binary && <p className="p-3 text-soft">{t.binary}</p>}
      {open && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by key
        <section tabIndex={0} aria-label={t.linesOf(file.path)} className="overflow-x-auto">
          <table className="w-full border-collapse font-mono text-[12px] leading-6">
            <tbody>
              {file.lines.slice(0, mostLines).map((line, index) => (
                <Line
                  key={index}
                  line={line}
                  writing={at === line}
                  remarks={remarks.filter(
                    (remark) => remark.side === sideOf(line) && remark.line === numberOf(line),
                  )}
                  onWrite={() => setAt(line)}
                  onForget={onForget}
                  onDone={(text) => {
                    setAt(undefined);
                    const number = numberOf(line);
                    if (text.trim() === '' || number === null) return;
                    onRemark({ path: file.path, line: number, side: sideOf(line), code: line.text, text });
                  }}
                />
              ))}
            </tbody>
          </table>
        </section>
      )}
    </section>
  );
}

const sideOf = ({ after }: PatchLine): Remark['side'] => (after === null ? 'before' : 'after');
const numberOf = ({ before, after }: PatchLine): number | null => after ?? before;

function Line({
  line,
  writing,
  remarks,
  onWrite,
  onDone,
  onForget,
}: {
  readonly line: PatchLine;
  readonly writing: boolean;
  readonly remarks: readonly Remark[];
  readonly onWrite: () => void;
  readonly onDone: (text: string) => void;
  readonly onForget: (remark: Remark) => void;
}) {
  const number = numberOf(line);
  return (
    <>
      <tr className={classes('group/line', ground[line.kind])}>
        <td className="w-16 pr-1 text-right align-top text-soft tabular-nums select-none">
          {number !== null && (
            <button
              type="button"
              aria-label={t.remarkOn(number)}
              onClick={onWrite}
              className="w-full px-1 text-right hover:text-accent"
            >
              {number}
            </button>
          )}
        </td>
        <td className="w-4 align-top text-soft select-none">{sign[line.kind]}</td>
        <td className="pr-3 break-all whitespace-pre-wrap">{line.text}</td>
      </tr>
      {remarks.map((remark) => (
        <tr key={remark.text}>
          <td colSpan={3} className="p-2 font-sans">
            <div className="flex items-start gap-2 rounded-md border border-accent bg-panel px-2.5 py-1.5">
              <Icon name="comment" />
              <p className="min-w-0 flex-1 break-words whitespace-pre-wrap">{remark.text}</p>
              <IconButton icon="close" label={t.dismiss} className="-m-1" onClick={() => onForget(remark)} />
            </div>
          </td>
        </tr>
      ))}
      {writing && (
        <tr>
          <td colSpan={3} className="p-2 font-sans">
            <WriteRemark onDone={onDone} />
          </td>
        </tr>
      )}
    </>
  );
}

function WriteRemark({ onDone }: { readonly onDone: (text: string) => void }) {
  const [text, setText] = useState('');
  return (
    <div className="rounded-md border border-line-strong bg-panel p-2">
      <textarea
        autoFocus
        rows={2}
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && (event.metaKey || event.ctrlKey)) onDone(text);
          if (event.key !== 'Escape') return;
          event.preventDefault();
          onDone('');
        }}
        placeholder={t.remark}
        aria-label={t.remark}
        className="w-full resize-none bg-transparent outline-none placeholder:text-soft"
      />
      <div className="flex justify-end gap-2">
        <Button look="quiet" onClick={() => onDone('')}>
          {t.cancel}
        </Button>
        <Button onClick={() => onDone(text)}>{t.addRemark}</Button>
      </div>
    </div>
  );
}
