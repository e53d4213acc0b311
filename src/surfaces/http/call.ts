import type { BoardId } from '../../domain/ids.ts';
import { mayDo, maySee, type Reach } from '../../domain/token.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import type { Boards } from '../../services/boards.ts';
import type { Receivers } from '../../services/chat/start.ts';
import type { Dispatcher } from '../../services/dispatcher.ts';
import type { Home } from '../../services/home.ts';
import type { Settings } from '../../services/settings.ts';
import type { World } from '../../services/world.ts';
import type { Identities, Identity } from './identity.ts';
import type { Places } from './limits.ts';
import type { Hub } from './live/hub.ts';
import { HttpProblem } from './problem.ts';

/** What the routes work with: the gateway that serves them. */
export interface Gateway {
  readonly kernel: Kernel;
  readonly home: Home;
  readonly world: World;
  readonly settings: Settings;
  readonly name: string;
  readonly version: string;
  /** The folder of the built page, when there is one. */
  readonly page: string | undefined;
  /** Looks ahead, when this gateway stands for the dispatcher. */
  readonly dispatcher: Pick<Dispatcher, 'preview' | 'wake'> | undefined;
  /** Chat platforms that post here what was said. */
  readonly receivers: Receivers;
}

/** The same, with what is made once for all requests. */
export interface Desk extends Gateway {
  readonly boards: Boards;
  readonly identities: Identities;
  readonly streams: Places;
  readonly hub: Hub;
  /** Where it listens and how people reach it; known once it does. */
  readonly place: () => { readonly port: number; readonly url: string; readonly secure: boolean };
}

/** One request by somebody who may make it. */
export interface Call {
  readonly desk: Desk;
  /** Signs every command with who asks. */
  readonly kernel: Kernel;
  readonly identity: Identity;
  readonly request: Request;
  /** The address that asks. */
  readonly from: string;
}

export interface BoardCall extends Call {
  readonly board: BoardId;
}

/** Ends the request of somebody whose role does not reach so far. */
export function requireRole(identity: Identity, needed: Reach): void {
  if (mayDo(identity, needed)) return;
  const article = needed === 'viewer' ? 'a' : 'an';
  throw new HttpProblem(
    'forbidden',
    `This needs ${article} ${needed}, and the token ${identity.name} is ${identity.role === 'viewer' ? 'a' : 'an'} ${identity.role}.`,
  );
}

/** A board that somebody may not see is not even told of. */
export function requireBoard(identity: Identity, board: BoardId): void {
  if (maySee(identity, board)) return;
  throw new HttpProblem('forbidden', `The token ${identity.name} is not for the board ${board}.`, {
    ids: [board],
  });
}

/** For what is of no one board: tokens, gateways, all boards. */
export function requireAllBoards(identity: Identity): void {
  if (identity.boards === null) return;
  throw new HttpProblem(
    'forbidden',
    `This is about all boards, and the token ${identity.name} is for ${identity.boards.join(', ')} only.`,
  );
}
