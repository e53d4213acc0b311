import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { Filter } from '../state/address.ts';
import { type Lanes, prefs, setPrefs } from '../state/prefs.ts';
import { profilesQuery } from '../state/queries.ts';
import { go, useRoute } from '../state/route.ts';
import { useStore } from '../state/store.ts';
import { isStatusName, statusNames, t } from '../strings.ts';
import { Icon, StatusIcon } from '../ui/icons.tsx';
import { type Item, Menu } from '../ui/menu.tsx';
import { Avatar, Button, IconButton } from '../ui/parts.tsx';

const setFilter = (filter: Filter): void => go({ filter }, 'replace');
const isSet = (filter: Filter): boolean => Object.values(filter).some((value) => value !== undefined);

/** Search, filters, and how the board is laid out. */
export function Toolbar({ board }: { readonly board: string }) {
  const { filter } = useRoute();
  const { compact } = useStore(prefs);
  return (
    <div className="flex h-11 shrink-0 items-center gap-2 overflow-x-auto px-3">
      <label className="flex h-7 w-56 min-w-32 items-center gap-1.5 rounded-md border border-line bg-panel px-2 text-soft focus-within:border-accent max-sm:w-40">
        <Icon name="search" />
        <input
          id="search"
          type="search"
          value={filter.title ?? ''}
          onChange={(event) => setFilter({ ...filter, title: event.target.value || undefined })}
          onKeyDown={(event) => event.key === 'Escape' && event.currentTarget.blur()}
          placeholder={t.search}
          aria-label={t.search}
          className="min-w-0 flex-1 bg-transparent text-ink outline-none placeholder:text-soft"
        />
      </label>
      <AssigneeFilter filter={filter} />
      {filter.tenant !== undefined && (
        <Button onClick={() => setFilter({ ...filter, tenant: undefined })} icon="close">
          {t.tenantIs(filter.tenant)}
        </Button>
      )}
      <SavedFilters filter={filter} />
      <span className="flex-1" />
      <LayoutMenu />
      <Button
        look="quiet"
        className="max-sm:hidden"
        aria-pressed={compact}
        onClick={() => setPrefs({ compact: !compact })}
      >
        {compact ? t.comfortable : t.compact}
      </Button>
      <span className="sr-only">{board}</span>
    </div>
  );
}

function AssigneeFilter({ filter }: { readonly filter: Filter }) {
  const profiles = useQuery(profilesQuery).data?.profiles ?? [];
  const pick = (assignee: string | undefined) => setFilter({ ...filter, assignee });
  const items: Item[] = [
    { label: t.everybody, checked: filter.assignee === undefined, onPick: () => pick(undefined) },
    {
      label: t.nobody,
      icon: <Avatar name={null} />,
      checked: filter.assignee === 'none',
      onPick: () => pick('none'),
    },
    ...profiles.map(({ name }) => ({
      label: name,
      icon: <Avatar name={name} />,
      checked: filter.assignee === name,
      onPick: () => pick(name),
    })),
  ];
  const shown = filter.assignee === 'none' ? t.nobody : filter.assignee;
  return (
    <Menu trigger={<Button icon="filter">{shown ?? t.assignee}</Button>} items={items} label={t.assignee} />
  );
}

function SavedFilters({ filter }: { readonly filter: Filter }) {
  const { saved } = useStore(prefs);
  const [naming, setNaming] = useState(false);
  const items: Item[] = [
    ...saved.map(({ name, filter: kept }) => ({ label: name, onPick: () => setFilter(kept) })),
    ...(isSet(filter) ? [{ label: t.saveFilter, onPick: () => setNaming(true) }] : []),
    ...(isSet(filter) ? [{ label: t.clearFilter, onPick: () => setFilter({}) }] : []),
    ...saved.map(({ name }) => ({
      label: t.forget(name),
      onPick: () => setPrefs({ saved: saved.filter((other) => other.name !== name) }),
    })),
  ];
  if (naming) {
    return (
      <input
        autoFocus
        placeholder={t.nameOfFilter}
        aria-label={t.nameOfFilter}
        className="h-7 w-40 rounded-md border border-line bg-panel px-2"
        onBlur={() => setNaming(false)}
        onKeyDown={(event) => {
          if (event.key === 'Escape') setNaming(false);
          const name = event.currentTarget.value.trim();
          if (event.key !== 'Enter' || name === '') return;
          setPrefs({ saved: [...saved.filter((other) => other.name !== name), { name, filter }] });
          setNaming(false);
        }}
      />
    );
  }
  if (items.length === 0) return null;
  return (
    <Menu trigger={<Button look="quiet">{t.savedFilters}</Button>} items={items} label={t.savedFilters} />
  );
}

const laneChoices: readonly Lanes[] = ['none', 'assignee', 'tenant'];

function LayoutMenu() {
  const { compact, hidden, lanes } = useStore(prefs);
  const items: Item[] = [
    ...laneChoices.map((choice) => ({
      label: t.lanes[choice],
      checked: lanes === choice,
      onPick: () => setPrefs({ lanes: choice }),
    })),
    { label: t.compact, checked: compact, onPick: () => setPrefs({ compact: !compact }) },
    ...hidden.filter(isStatusName).map((status) => ({
      label: t.showColumn(statusNames[status]),
      icon: <StatusIcon status={status} />,
      onPick: () => setPrefs({ hidden: hidden.filter((other) => other !== status) }),
    })),
  ];
  const trigger = <IconButton icon="board" label={t.layout} />;
  return <Menu trigger={trigger} items={items} label={t.layout} />;
}
