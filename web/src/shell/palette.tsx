import { useQuery } from '@tanstack/react-query';
import { Command } from 'cmdk';
import { type ReactNode, useState } from 'react';
import { creatingIn } from '../board/quick-create.tsx';
import { act } from '../state/actions.ts';
import { boardPages, homePages } from '../state/address.ts';
import { prefs, setPrefs } from '../state/prefs.ts';
import { boardsQuery, searchQuery } from '../state/queries.ts';
import { go, useRoute } from '../state/route.ts';
import { useStore } from '../state/store.ts';
import { t } from '../strings.ts';
import { Dialog } from '../ui/dialog.tsx';
import { Icon, type IconName, StatusIcon } from '../ui/icons.tsx';
import { Kbd } from '../ui/parts.tsx';
import { keyOf, open as opened } from './global-keys.ts';

/** A command as it is listed: with its sign, and the keys that do the same. */
const Named = ({
  icon,
  name,
  keys = [],
}: {
  readonly icon: IconName;
  readonly name: string;
  readonly keys?: readonly string[];
}) => (
  <>
    <span className="text-soft">
      <Icon name={icon} />
    </span>
    <span className="min-w-0 flex-1 truncate">{name}</span>
    {keys.map((key, index) => (
      <Kbd key={index}>{key}</Kbd>
    ))}
  </>
);

const verbs = ['complete', 'unblock', 'stop', 'reclaim', 'archive'] as const;

/** Everything that can be gone to or done, by its name. */
export default function Palette({ board }: { readonly board: string }) {
  const [text, setText] = useState('');
  const route = useRoute();
  const { compact } = useStore(prefs);
  const boards = useQuery(boardsQuery).data?.boards ?? [];
  const found = useQuery(searchQuery(board, text)).data?.columns.flatMap(({ cards }) => cards) ?? [];
  const close = (): void => opened.set(undefined);
  const item = (value: string, label: ReactNode, work: () => void) => (
    <Command.Item
      key={value}
      value={value}
      onSelect={() => {
        close();
        work();
      }}
      className="flex h-9 items-center gap-2 rounded-md px-2 data-[selected=true]:bg-hover"
    >
      {label}
    </Command.Item>
  );
  const { task } = route;
  return (
    <Dialog title={t.palette} onClose={close}>
      <Command
        label={t.palette}
        className="[&_[cmdk-group-heading]]:px-2 [&_[cmdk-group-heading]]:py-1 [&_[cmdk-group-heading]]:text-xs [&_[cmdk-group-heading]]:text-soft"
      >
        <Command.Input
          autoFocus
          value={text}
          onValueChange={setText}
          placeholder={t.paletteHint}
          className="field mb-2"
        />
        <Command.List className="max-h-[50vh] overflow-y-auto">
          <Command.Empty className="p-4 text-center text-soft">{t.nothingFound}</Command.Empty>
          {task && (
            <Command.Group heading={t.taskOf(task.id)}>
              {verbs.map((verb) =>
                item(t.verbs[verb], t.verbs[verb], () => void act({ board: task.board, id: task.id, verb })),
              )}
            </Command.Group>
          )}
          {found.length > 0 && (
            <Command.Group heading={t.tasks}>
              {found.slice(0, 12).map(({ id, title, status }) =>
                item(
                  `${title} ${id}`,
                  <>
                    <StatusIcon status={status} />
                    <span className="min-w-0 flex-1 truncate">{title}</span>
                    <span className="font-mono text-[11px] text-soft">{id}</span>
                  </>,
                  () => go({ task: { board, id } }),
                ),
              )}
            </Command.Group>
          )}
          <Command.Group heading={t.goTo}>
            {homePages.map((page) =>
              item(t.pages[page], <Named icon={page} name={t.pages[page]} keys={['g', keyOf(page)]} />, () =>
                go({ page, board: undefined, task: undefined, filter: {} }),
              ),
            )}
            {boardPages.map((page) =>
              item(t.pages[page], <Named icon={page} name={t.pages[page]} keys={['g', keyOf(page)]} />, () =>
                go({ page, board }),
              ),
            )}
            {boards.map(({ slug, name }) =>
              item(
                `${t.board} ${name} ${slug}`,
                <Named icon="board" name={`${t.board}: ${name || slug}`} />,
                () => go({ page: 'board', board: slug, task: undefined, filter: {} }),
              ),
            )}
          </Command.Group>
          <Command.Group heading={t.doThis}>
            {item(t.newTask, <Named icon="add" name={t.newTask} keys={['n']} />, () => {
              go({ page: 'board', board });
              creatingIn.set('/ready');
            })}
            {item(t.newTriage, <Named icon="add" name={t.newTriage} />, () => {
              go({ page: 'board', board });
              creatingIn.set('/triage');
            })}
            {item(t.compact, <Named icon="menu" name={compact ? t.comfortable : t.compact} />, () =>
              setPrefs({ compact: !compact }),
            )}
            {(['system', 'light', 'dark'] as const).map((theme) =>
              item(
                `${t.theme} ${t.themes[theme]}`,
                <Named icon="theme" name={`${t.theme}: ${t.themes[theme]}`} />,
                () => setPrefs({ theme }),
              ),
            )}
            {item(t.shortcuts, <Named icon="keyboard" name={t.shortcuts} keys={['?']} />, () =>
              opened.set('shortcuts'),
            )}
          </Command.Group>
        </Command.List>
      </Command>
    </Dialog>
  );
}
