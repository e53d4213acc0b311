import { asSeconds, type BoardId, type Seconds } from './ids.ts';

/** What is known of a board beside its tasks: `board.json` over the defaults (contract §1.4). */
export interface Board {
  readonly slug: BoardId;
  readonly name: string;
  readonly description: string;
  readonly icon: string;
  readonly color: string;
  /** Where tasks of kind `dir` and `worktree` work that name no folder of their own. */
  readonly default_workdir: string | null;
  readonly created_at: Seconds | null;
  readonly archived: boolean;
}

/** The fields that a command gives; what is left out stays. A blank name means the default one, a blank workdir none. */
export type BoardChanges = {
  readonly [Field in 'name' | 'description' | 'icon' | 'color' | 'default_workdir']?: string | undefined;
};

/** `board.json` as it was read: other programs keep keys of their own there. */
export type BoardFile = Readonly<Record<string, unknown>>;

/** Reads the text of a `board.json`; one that is missing or malformed says nothing. */
export function parseBoardFile(text: string | undefined): BoardFile {
  try {
    const value: unknown = JSON.parse(text ?? '{}');
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
  } catch {
    return {};
  }
}

/** As others write it: indented by two, with a line end. */
export const boardFileText = (file: BoardFile): string => `${JSON.stringify(file, null, 2)}\n`;

/** The board that a file describes. The folder's name wins over any `slug` in the file. */
export function boardOf(slug: BoardId, file: BoardFile): Board {
  const text = (key: string): string => {
    const value = file[key];
    return typeof value === 'string' ? value : '';
  };
  const created = file['created_at'];
  return {
    slug,
    name: text('name').trim() || defaultName(slug),
    description: text('description'),
    icon: text('icon'),
    color: text('color'),
    default_workdir: text('default_workdir').trim() || null,
    created_at: typeof created === 'number' ? asSeconds(Math.floor(created)) : null,
    archived: file['archived'] === true,
  };
}

/** The file after `changes`: every key that nobody here knows stays, and `created_at` is set once. */
export function changedBoardFile(
  slug: BoardId,
  file: BoardFile,
  changes: BoardChanges,
  now: Seconds,
): BoardFile {
  const before = boardOf(slug, file);
  const given = Object.entries(changes).filter(([, value]) => value !== undefined);
  const after = boardOf(slug, { ...before, ...Object.fromEntries(given) });
  return { ...file, ...after, created_at: before.created_at ?? now };
}

/** `my-great_board` is “My Great Board”. */
const defaultName = (slug: BoardId): string =>
  slug
    .split(/[-_]+/)
    .filter((word) => word !== '')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join(' ');
