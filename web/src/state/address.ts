/**
 * Where the page stands, as the part of the address behind `#`: the server answers one page, and a link that comes from
 * elsewhere (a chat, say) must not lose its way through the sign-in.
 */

export const boardPages = ['board', 'graph', 'timeline', 'flow'] as const;
export const homePages = ['inbox', 'review', 'operate'] as const;
export type BoardPage = (typeof boardPages)[number];
export type HomePage = (typeof homePages)[number];

export interface Filter {
  readonly title?: string | undefined;
  readonly assignee?: string | undefined;
  readonly tenant?: string | undefined;
}

export interface Route {
  readonly page: BoardPage | HomePage;
  /** Undefined: the active board of the home. */
  readonly board?: string | undefined;
  /** The task whose panel is open. */
  readonly task?: { readonly board: string; readonly id: string } | undefined;
  readonly filter: Filter;
}

const isBoardPage = (word: string | undefined): word is BoardPage => boardPages.some((page) => page === word);
const isHomePage = (word: string | undefined): word is HomePage => homePages.some((page) => page === word);

export function parseRoute(hash: string): Route {
  const [path = '', search = ''] = hash.replace(/^#\/?/, '').split('?');
  const [word, second] = path.split('/').map((part) => decodeURIComponent(part));
  const fields = new URLSearchParams(search);
  const [, board, id] = /^([^:]+):(.+)$/.exec(fields.get('task') ?? '') ?? [];
  const text = (name: string): string | undefined => fields.get(name) || undefined;
  return {
    page: isBoardPage(word) || isHomePage(word) ? word : 'board',
    board: isBoardPage(word) && second ? second : undefined,
    task: board !== undefined && id !== undefined ? { board, id } : undefined,
    filter: { title: text('title'), assignee: text('assignee'), tenant: text('tenant') },
  };
}

export function formatRoute({ page, board, task, filter }: Route): string {
  const fields = Object.entries({ ...filter, task: task && `${task.board}:${task.id}` });
  const given = fields.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]));
  const path = board === undefined ? page : `${page}/${encodeURIComponent(board)}`;
  return `#/${path}${given.length === 0 ? '' : `?${new URLSearchParams(Object.fromEntries(given))}`}`;
}
