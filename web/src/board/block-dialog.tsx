import { type FormEvent, useState } from 'react';
import { move } from '../state/actions.ts';
import { useStore } from '../state/store.ts';
import { t } from '../strings.ts';
import { Dialog } from '../ui/dialog.tsx';
import { Button } from '../ui/parts.tsx';
import { asking } from './move-menu.tsx';

/** Asks why a card is blocked before it goes there. */
export function BlockDialog() {
  const waiting = useStore(asking);
  const [reason, setReason] = useState('');
  if (waiting === undefined) return null;
  const close = (): void => {
    asking.set(undefined);
    setReason('');
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (reason.trim() === '') return;
    void move(waiting.board, waiting.wanted, reason);
    close();
  };
  return (
    <Dialog title={t.whyBlocked(waiting.wanted.card.title)} onClose={close}>
      <form onSubmit={submit} className="flex flex-col gap-3">
        <textarea
          autoFocus
          rows={3}
          value={reason}
          onChange={(event) => setReason(event.target.value)}
          placeholder={t.reason}
          aria-label={t.reason}
          className="field"
        />
        <div className="flex justify-end gap-2">
          <Button look="quiet" onClick={close}>
            {t.cancel}
          </Button>
          <Button look="accent" type="submit" disabled={reason.trim() === ''}>
            {t.block}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
