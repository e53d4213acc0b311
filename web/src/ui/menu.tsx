import { Menu as Base } from '@base-ui/react/menu';
import type { ReactElement, ReactNode } from 'react';
import { Kbd } from './parts.tsx';

export interface Item {
  readonly label: string;
  readonly icon?: ReactNode;
  readonly keys?: string;
  readonly checked?: boolean;
  readonly disabled?: boolean;
  readonly onPick: () => void;
}

/** A button that opens a list of things to do; `open` is for those who open it by a key. */
export function Menu({
  trigger,
  items,
  label,
  open,
  onOpenChange,
}: {
  readonly trigger: ReactElement;
  readonly items: readonly Item[];
  readonly label?: string;
  readonly open?: boolean;
  readonly onOpenChange?: (open: boolean) => void;
}) {
  return (
    <Base.Root {...(open !== undefined && { open })} {...(onOpenChange && { onOpenChange })} modal={false}>
      <Base.Trigger render={trigger} />
      <Base.Portal>
        <Base.Positioner sideOffset={4} align="start" className="z-50 outline-none">
          <Base.Popup
            data-over
            className="max-h-[60vh] min-w-48 overflow-y-auto rounded-lg bg-raised p-1 shadow-high outline-none"
            aria-label={label}
          >
            {items.map(({ label: text, icon, keys, checked, disabled, onPick }) => (
              <Base.Item
                key={text}
                disabled={disabled ?? false}
                onClick={onPick}
                className="flex items-center gap-2 rounded-md px-2 py-1.5 outline-none select-none data-disabled:opacity-45 data-highlighted:bg-hover"
              >
                {icon}
                <span className="min-w-0 flex-1 truncate">{text}</span>
                {checked && <span aria-hidden="true">✓</span>}
                {keys && <Kbd>{keys}</Kbd>}
              </Base.Item>
            ))}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}
