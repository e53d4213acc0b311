import type { Refusal, RefusalCode } from '../../domain/errors.ts';
import { tooLargeSentence } from '../stored-files.ts';

/** Whatever goes wrong is told as problem details (RFC 9457), with the kernel's own codes and sentences. */

/** Codes that only HTTP has, beside those of the kernel: each with its status and meaning. */
export const httpCodes = {
  bad_request: [400, 'The request cannot be read.'],
  unauthenticated: [401, 'Nobody is named, or by a token that counts no more.'],
  bad_signature: [401, 'An event for a hook is not signed with its secret, or too long ago.'],
  forbidden: [403, 'The token may not do this, or not on this board.'],
  foreign_origin: [403, 'A page of another site asked, or nothing proves that it was one of ours.'],
  unknown_host: [403, 'The request is for a host name that is not one of ours.'],
  not_found: [404, 'There is nothing at this address.'],
  wrong_method: [405, 'This address knows other methods.'],
  too_large: [413, 'The body or a header is longer than is accepted.'],
  unsupported_media_type: [415, 'The body is of a kind that is not read here.'],
  no_title: [422, 'An event holds nothing that its hook makes a title of.'],
  too_many_requests: [429, 'Too many requests, guesses or streams at once.'],
  fault: [500, 'Something failed here; the log of the gateway tells more under the id of the request.'],
  unavailable: [503, 'The board cannot be used now.'],
} as const satisfies Record<string, readonly [status: number, meaning: string]>;
export type HttpCode = keyof typeof httpCodes;

/** The status of each refusal. */
export const refusalStatuses = {
  already_running: 409,
  blank_text: 400,
  changed_meanwhile: 412,
  cycle: 400,
  invalid_input: 400,
  not_claimable: 409,
  not_leader: 409,
  not_linked: 404,
  not_running: 409,
  not_paused: 404,
  out_of_scope: 403,
  parents_not_done: 409,
  paused: 409,
  phantom_cards: 409,
  stale_press: 409,
  stale_run: 409,
  unknown_attachment: 404,
  unknown_board: 404,
  unknown_delivery: 404,
  unknown_loop: 404,
  unknown_person: 404,
  unknown_run: 404,
  unknown_task: 404,
  unknown_subscription: 404,
  unknown_token: 404,
  worker_alive: 409,
  wrong_status: 409,
} as const satisfies Record<RefusalCode, number>;

export type ProblemCode = HttpCode | RefusalCode;

export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  /** One sentence: what was expected, what was given, what to do next. */
  readonly detail: string;
  readonly code: ProblemCode;
  readonly ids: readonly string[];
}

const isHttpCode = (code: ProblemCode): code is HttpCode => Object.hasOwn(httpCodes, code);

export const statusOf = (code: ProblemCode): number =>
  isHttpCode(code) ? httpCodes[code][0] : refusalStatuses[code];

export const problem = (code: ProblemCode, detail: string, ids: readonly string[] = []): Problem => ({
  type: `/docs/errors#${code}`,
  title: code.replaceAll('_', ' ').replace(/^./, (first) => first.toUpperCase()),
  status: statusOf(code),
  detail,
  code,
  ids,
});

export const refused = ({ code, sentence, ids }: Pick<Refusal, 'code' | 'sentence' | 'ids'>): Problem =>
  problem(code, sentence, ids);

/** Ends a request with a problem, from wherever it is thrown. */
export class HttpProblem extends Error {
  override readonly name = 'HttpProblem';
  readonly problem: Problem;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    code: ProblemCode,
    detail: string,
    options: { readonly ids?: readonly string[]; readonly headers?: Readonly<Record<string, string>> } = {},
  ) {
    super(detail);
    this.problem = problem(code, detail, options.ids);
    this.headers = options.headers ?? {};
  }
}

export const tooLargeFile = (): HttpProblem =>
  new HttpProblem('too_large', tooLargeSentence, { headers: { connection: 'close' } });

/** What is told of a fault: that of a database in its own words, of anything else only where to look. */
export function faultProblem(error: unknown): Problem {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const isStore = error instanceof Error && error.name === 'StoreFault';
  if (isStore && code === 'busy')
    return problem('unavailable', 'The board is locked; try again in a moment.');
  if (isStore) return problem('unavailable', error.message);
  return problem('fault', 'Something failed here; the log of the gateway tells more under this request id.');
}

/** A problem as an answer; `request_id` finds it in the log. */
export const problemResponse = (
  found: Problem,
  request_id: string,
  headers: Readonly<Record<string, string>> = {},
): Response =>
  Response.json(
    { ...found, request_id },
    { status: found.status, headers: { ...headers, 'content-type': 'application/problem+json' } },
  );
