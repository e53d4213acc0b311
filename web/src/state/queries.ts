import { infiniteQueryOptions, QueryClient, queryOptions } from '@tanstack/react-query';
import type {
  Board,
  Card,
  Changes,
  Columns,
  Delivery,
  Edge,
  Finding,
  Me,
  Overview,
  Pause,
  Profile,
  Rest,
  Run,
  Spending,
  Status,
  Task,
  TaskDiagnostics,
  TaskEvent,
  TaskView,
  Why,
} from '../../../src/surfaces/http/wire.ts';
import { noLane } from '../board/moves.ts';
import type { Filter } from './address.ts';
import { get, query, Refusal } from './api.ts';

/** Everything that the page reads. A key begins with what it is and its board, so that an event knows what it makes old. */

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      // The stream of events says when something is old.
      staleTime: 60_000,
      refetchOnWindowFocus: false,
      retry: (count, error) => count < 2 && !(error instanceof Refusal && error.status >= 400),
    },
  },
});

const at = (board: string): string => `/boards/${encodeURIComponent(board)}`;
export const taskPath = (board: string, id: string): string => `${at(board)}/tasks/${encodeURIComponent(id)}`;
export const boardPath = at;

/** Cards of a column in the first answer, and in each page that follows. */
const firstCards = 100;
const furtherCards = 200;

export const meQuery = queryOptions({ queryKey: ['me'], queryFn: () => get<Me>('/me') });

export const boardsQuery = queryOptions({
  queryKey: ['boards'],
  queryFn: () => get<{ boards: Board[]; current: string }>('/boards'),
});

export const columnsQuery = (board: string, filter: Filter) =>
  queryOptions({
    queryKey: ['columns', board, filter],
    queryFn: () => get<Columns>(`${at(board)}/columns${query({ ...filter, limit: firstCards })}`),
    placeholderData: (before, of) => (of?.queryKey[1] === board ? before : undefined),
  });

/** The cards of a column behind those that `columnsQuery` gave, which end at `from`. */
export const furtherCardsQuery = (board: string, status: Status, filter: Filter, from: string | null) =>
  infiniteQueryOptions({
    queryKey: ['cards', board, status, filter],
    initialPageParam: from,
    queryFn: ({ pageParam }) =>
      get<{ cards: Card[]; next: string | null }>(
        `${at(board)}/cards${query({ ...filter, status, limit: furtherCards, after: pageParam ?? undefined })}`,
      ),
    getNextPageParam: ({ next }) => next,
  });

export const taskQuery = (board: string, id: string) =>
  queryOptions({ queryKey: ['task', board, id], queryFn: () => get<TaskView>(taskPath(board, id)) });

export const whyQuery = (board: string, id: string) =>
  queryOptions({ queryKey: ['why', board, id], queryFn: () => get<Why>(`${taskPath(board, id)}/why`) });

export const eventsQuery = (board: string, id: string) =>
  infiniteQueryOptions({
    queryKey: ['events', board, id],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam }) =>
      get<{ events: TaskEvent[]; next: string | null }>(
        `${taskPath(board, id)}/events${query({ before: pageParam, limit: 50 })}`,
      ),
    getNextPageParam: ({ next }) => next,
  });

export const changesQuery = (board: string, run: number) =>
  queryOptions({
    queryKey: ['changes', board, run],
    queryFn: () => get<{ changes: Changes | null; sentence: string }>(`${at(board)}/runs/${run}/changes`),
    staleTime: 0,
  });

/** What the runs of a task have spent, or those of a board: `key` is the run or the profile. */
export const spendingQuery = (board: string, by: 'run' | 'profile', task_id?: string) =>
  queryOptions({
    queryKey: ['spending', board, by, task_id],
    queryFn: () => get<{ usage: Spending[] }>(`${at(board)}/usage${query({ by, task_id })}`),
    staleTime: 0,
  });

export const searchQuery = (board: string, title: string) =>
  queryOptions({
    queryKey: ['search', board, title],
    queryFn: () => get<Columns>(`${at(board)}/columns${query({ title, limit: 8 })}`),
    enabled: title.trim() !== '',
    staleTime: 5000,
  });

/** The names that a board can be divided by; what belongs to nobody comes last. */
export const lanesQuery = (board: string, by: 'assignee' | 'tenant') =>
  queryOptions({
    queryKey: ['lanes', board, by],
    queryFn: async () => {
      if (by === 'assignee') {
        const { assignees } = await get<{ assignees: { name: string }[] }>(`${at(board)}/assignees`);
        return [...assignees.map(({ name }) => name), noLane];
      }
      const { columns } = await get<Columns>(`${at(board)}/columns${query({ limit: 200 })}`);
      const tenants = columns.flatMap(({ cards }) => cards.flatMap(({ tenant }) => tenant ?? []));
      return [...[...new Set(tenants)].sort(), noLane];
    },
  });

export const profilesQuery = queryOptions({
  queryKey: ['profiles'],
  queryFn: () => get<{ profiles: Profile[] }>('/profiles'),
});

export const overviewQuery = queryOptions({
  queryKey: ['overview'],
  queryFn: () => get<Overview>('/dispatcher'),
  refetchInterval: 5000,
});

export const pausesQuery = (board: string) =>
  queryOptions({
    queryKey: ['pauses', board],
    queryFn: () => get<{ pauses: Pause[] }>(`${at(board)}/pauses`),
    refetchInterval: 10_000,
  });

export const restsQuery = (board: string) =>
  queryOptions({
    queryKey: ['rests', board],
    queryFn: () => get<{ rests: Rest[] }>(`${at(board)}/rests`),
    refetchInterval: 10_000,
  });

export const diagnosticsQuery = (board: string) =>
  queryOptions({
    queryKey: ['diagnostics', board],
    queryFn: () =>
      get<{ diagnostics: TaskDiagnostics[]; count: number }>(
        `${at(board)}/diagnostics${query({ limit: 50 })}`,
      ),
  });

export const doctorQuery = queryOptions({
  queryKey: ['doctor'],
  queryFn: () => get<{ findings: Finding[] }>('/doctor'),
});

export const deliveriesQuery = (board: string) =>
  queryOptions({
    queryKey: ['deliveries', board],
    queryFn: () => get<{ deliveries: Delivery[] }>(`${at(board)}/deliveries${query({ limit: 100 })}`),
    refetchInterval: 10_000,
  });

export const runsQuery = (board: string) =>
  queryOptions({
    queryKey: ['runs', board],
    queryFn: () => get<{ runs: Run[]; next: string | null }>(`${at(board)}/runs${query({ limit: 200 })}`),
  });

export const linksQuery = (board: string) =>
  queryOptions({
    queryKey: ['links', board],
    queryFn: () => get<{ links: Edge[]; more: boolean }>(`${at(board)}/links`),
    staleTime: 0,
  });

const mostPages = 20;

/** Tasks for figures: up to 10,000 of them, archived ones too. */
export const flowTasksQuery = (board: string) =>
  queryOptions({
    queryKey: ['flow', board],
    queryFn: async () => {
      const tasks: Task[] = [];
      let after: string | undefined;
      for (let page = 0; page < mostPages; page += 1) {
        const { tasks: some, next } = await get<{ tasks: Task[]; next: string | null }>(
          `${at(board)}/tasks${query({ limit: 500, include_archived: true, after })}`,
        );
        tasks.push(...some);
        if (next === null) return { tasks, more: false };
        after = next;
      }
      return { tasks, more: true };
    },
  });
