import { z } from 'zod';
import type { Result } from '../../domain/errors.ts';
import type { Reach } from '../../domain/token.ts';
import { read } from '../contract.ts';
import type { BoardCall, Call } from './call.ts';

/** A row of the table of routes: what it takes, who may ask, what it does and answers. The document is made of the same. */
export interface Route {
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  /** With `{field}` for fields of the input; `{board}` is the board, and checked before. */
  readonly path: string;
  /** Where it stands in the document. */
  readonly tag: string;
  readonly role: Reach;
  readonly summary: string;
  readonly description?: string | undefined;
  /** The fields of the path, of the query (GET and DELETE) or of the JSON body (the others), by name. */
  readonly input: z.ZodObject;
  /** A body that is not JSON, by its media type: the fields are those of path and query then. */
  readonly body?: string | undefined;
  /** What it answers when it is done; a media type for what is not JSON. */
  readonly answer: z.ZodType | string;
  readonly status: 200 | 201;
  /** Only for those whose token is for all boards. */
  readonly all_boards: boolean;
  /** Where the board comes from: the path, `?board=` of the older prefix, or there is none. */
  readonly board: 'path' | 'query' | 'none';
  /** Runs with input as it came, unchecked. */
  readonly run: (call: BoardCall, given: unknown) => Promise<Result<unknown> | Response>;
}

type HomeRoute = <Shape extends z.ZodRawShape>(given: Row<Call, Shape>) => Route;

type Row<Asked extends Call, Shape extends z.ZodRawShape> = Omit<
  Route,
  'input' | 'status' | 'board' | 'all_boards' | 'run'
> & {
  readonly input: z.ZodObject<Shape>;
  readonly status?: 200 | 201;
  readonly all_boards?: boolean;
  readonly work: (call: Asked, input: z.infer<z.ZodObject<Shape>>) => Promise<Result<unknown> | Response>;
};

const row =
  (prefix: string, board: Route['board']) =>
  <Shape extends z.ZodRawShape>(given: Row<BoardCall, Shape>): Route => {
    const { work, ...rest } = given;
    return {
      all_boards: false,
      status: 200,
      ...rest,
      path: `${prefix}${rest.path}`,
      board,
      run: async (call, unchecked) => {
        const input = read(rest.input, unchecked);
        return input.ok ? work(call, input.value) : input;
      },
    };
  };

/** About the home. */
export const route: HomeRoute = row('/api/v1', 'none');
/** About one board. */
export const boardRoute = row('/api/v1/boards/{board}', 'path');
/** Under the older prefix (contract §10), about the board that `?board=` names, else the active one. */
export const olderRoute = row('/api/plugins/kanban', 'query');
/** The same about the home. */
export const olderHomeRoute: HomeRoute = row('/api/plugins/kanban', 'none');

/** Where contract §13.3 has the end of a run. */
export const runEndRoute = row('/v1', 'query');

/** The names in a path. */
export const namesIn = (path: string): string[] =>
  [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name).filter((name) => name !== 'board');

/** An input without fields. */
export const nothing = z.strictObject({});
