import { t } from '../strings.ts';
import { shortcuts } from '../strings-keys.ts';
import { Dialog } from '../ui/dialog.tsx';
import { Kbd } from '../ui/parts.tsx';
import { open } from './global-keys.ts';

/** Every key, and what it does. */
export default function Shortcuts() {
  return (
    <Dialog title={t.shortcuts} onClose={() => open.set(undefined)} wide>
      <div className="grid grid-cols-2 gap-6 max-sm:grid-cols-1">
        {Object.entries(shortcuts).map(([group, keys]) => (
          <section key={group} aria-label={group}>
            <h3 className="heading mb-2">{group}</h3>
            <dl className="grid grid-cols-[1fr_auto] gap-y-1.5">
              {keys.map(([names, what]) => (
                <div key={what} className="contents">
                  <dt>{what}</dt>
                  <dd className="flex justify-end gap-1">
                    {names.map((name) => (
                      <Kbd key={name}>{name}</Kbd>
                    ))}
                  </dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Dialog>
  );
}
