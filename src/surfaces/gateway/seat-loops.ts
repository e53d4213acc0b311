import { hostRole, type Role } from '../../domain/leading.ts';
import type { BoardGuard } from '../../services/board-guard.ts';
import type { Chats } from '../../services/chat/start.ts';
import type { Elector } from '../../services/elector.ts';
import type { Executor } from '../../services/executor.ts';
import { liveBoards } from '../../services/home.ts';
import { commandTurns } from '../../services/loop-command.ts';
import { chatTurns, profileTurns } from '../../services/loop-turns.ts';
import { createLoops, type Turns } from '../../services/loops.ts';
import { createPipeService, pipePath } from '../../services/pipe.ts';
import type { Loop } from '../../services/service.ts';
import { nodePipe } from '../../services/world-node-pipe.ts';
import { bin, launcher } from './paths.ts';
import type { Seat } from './services.ts';

/** A role that this gateway stands for. */
export interface Keeper {
  readonly role: Role;
  readonly elector: Elector;
}

/** Only who holds the role of a machine runs its commands, and without a dispatcher nobody here does. */
const noCommands: Turns = {
  patience: 60_000,
  holdBack: async () => true,
  begin: async () => ({ state: 'open', task_id: null }),
  look: async () => undefined,
};

/** What begins the turns of loops, for the roles that this gateway stands for. */
export function seatLoops(
  { world, kernel, home, settings }: Seat,
  seated: {
    readonly guard: BoardGuard;
    readonly keepers: readonly Keeper[];
    readonly chats: Chats;
    readonly executor: Executor | undefined;
  },
): Loop {
  const { guard, keepers, chats, executor } = seated;
  const boards = () => liveBoards(home, world.files);
  const wake = (): void => loops.wake();
  const command =
    executor === undefined
      ? noCommands
      : commandTurns(world, { home, bin, launcher, executor, settings, wake });
  const turns = {
    profile: profileTurns(kernel, { guard, boards }),
    chat: chatTurns(kernel, { guard, boards }, chats.speak),
    command,
  };
  const loops = createLoops(world, kernel, { keepers, turns });
  return loops;
}

/** What tells programs through the home's pipe, where this gateway may stand for its machine and there are such pipes. */
export function seatPipe(
  { world, kernel, home }: Seat,
  guard: BoardGuard,
  keepers: readonly Keeper[],
): Loop | undefined {
  const keeper = keepers.find(({ role }) => role === hostRole(world.hostname));
  if (keeper === undefined || process.platform === 'win32') return undefined;
  const boards = () => liveBoards(home, world.files);
  const pipe = nodePipe(pipePath(home));
  return createPipeService(world, kernel, { pipe, elector: keeper.elector, guard, boards });
}
