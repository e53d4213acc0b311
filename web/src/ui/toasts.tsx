import { Toast } from '@base-ui/react/toast';
import { t } from '../strings.ts';
import { Icon } from './icons.tsx';
import { buttonClass, classes, IconButton } from './parts.tsx';

const manager = Toast.createToastManager();

/** A sentence at the edge of the page, that goes by itself. */
export function say(sentence: string): void {
  manager.add({ description: sentence, timeout: 4000 });
}

/** What was done, and the button that takes it back; it stays long enough to be read and thought over. */
export function sayUndoable(sentence: string, undo: () => void): void {
  const id = manager.add({
    description: sentence,
    timeout: 10_000,
    actionProps: {
      children: t.undo,
      onClick: () => {
        manager.close(id);
        undo();
      },
    },
  });
}

/** What was not done, and why; it stays longer, because somebody has to read it. */
export function sayWrong(title: string, error: unknown): void {
  const sentence = error instanceof Error ? error.message : String(error);
  manager.add({ title, description: sentence, type: 'wrong', timeout: 10_000, priority: 'high' });
}

function List() {
  const { toasts } = Toast.useToastManager();
  return toasts.map((toast) => (
    <Toast.Root
      key={toast.id}
      toast={toast}
      className="flex items-start gap-2 rounded-lg bg-raised p-3 shadow-high data-limited:hidden"
    >
      <span className={classes('pt-0.5', toast.type === 'wrong' ? 'text-bad' : 'text-good')}>
        <Icon name={toast.type === 'wrong' ? 'warning' : 'check'} />
      </span>
      <Toast.Content className="min-w-0 flex-1">
        <Toast.Title className="font-medium" />
        <Toast.Description className="break-words text-soft" />
      </Toast.Content>
      {toast.actionProps !== undefined && <Toast.Action className={classes(buttonClass(), '-my-1')} />}
      <Toast.Close
        aria-label={t.dismiss}
        render={<IconButton icon="close" label={t.dismiss} className="-m-1.5" />}
      />
    </Toast.Root>
  ));
}

export const Toasts = () => (
  <Toast.Provider toastManager={manager} limit={4}>
    <Toast.Portal>
      <Toast.Viewport className="fixed right-4 bottom-4 z-60 flex w-[min(24rem,calc(100vw-2rem))] flex-col gap-2">
        <List />
      </Toast.Viewport>
    </Toast.Portal>
  </Toast.Provider>
);
