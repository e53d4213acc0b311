import type { ChatPin } from '../../domain/chat.ts';
import { homeBoard, parseBoardId } from '../../domain/ids.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import { boardExists, type Home } from '../home.ts';
import type { World } from '../world.ts';
import type { ChatCommand } from './command.ts';

const usage = `⚠ /kanban usage error
/kanban here                                    what this chat is about
/kanban here --board BOARD [--workspace WHERE]  it is about that board; WHERE is scratch, dir:/path or worktree:/path
/kanban here --clear                            it is about no board in particular`;

const workspaceForm = /^(?:scratch|dir|worktree|(?:dir|worktree):[/~].*)$/;

/** Pins a chat, or a thread of one, to a board and a workspace, tells what it is pinned to, or unpins it. */
export async function here(
  { files }: Pick<World, 'files'>,
  { kernel, home }: { readonly kernel: Kernel; readonly home: Home },
  { role, user, place, pin = null }: ChatCommand,
  words: readonly string[],
): Promise<string> {
  if (words.length === 0) return told(pin);
  if (role !== 'operator') return 'You may look, and `here` with a board changes something.';
  if (words.length === 1 && words[0] === '--clear') {
    await kernel.unpinChat(homeBoard, place);
    return pin === null ? told(null) : 'This chat is about no board in particular any more.';
  }
  const wanted = read(words);
  if (wanted === undefined) return usage;
  const board = parseBoardId(wanted.board ?? pin?.board ?? '');
  if (board === undefined || !(await boardExists(home, files, board))) {
    return `There is no board ${wanted.board ?? ''}; \`andon boards list\` on the machine shows those that there are.`;
  }
  const workspace = wanted.workspace ?? null;
  const pinned_by = `${user.name} (${place.platform})`;
  const pinned = await kernel.pinChat(homeBoard, { ...place, board, workspace, pinned_by });
  return pinned.ok ? told(pinned.value) : pinned.refusal.sentence;
}

function read(words: readonly string[]): { board?: string; workspace?: string } | undefined {
  const said: { board?: string; workspace?: string } = {};
  for (let at = 0; at < words.length; at += 2) {
    const [option, value = ''] = [words[at], words[at + 1]];
    if (option === '--board' && value !== '') said.board = value;
    else if (option === '--workspace' && workspaceForm.test(value)) said.workspace = value;
    else return undefined;
  }
  return said;
}

const told = (pin: ChatPin | null): string => {
  if (pin === null)
    return 'This chat is about no board in particular; `/kanban here --board BOARD` changes that.';
  const where = pin.workspace === null ? '' : `, its tasks in ${pin.workspace}`;
  return `This chat is about the board ${pin.board}${where} (said ${pin.pinned_by}).`;
};
