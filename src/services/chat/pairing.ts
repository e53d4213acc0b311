import { type ChatRole, normalCode } from '../../domain/chat.ts';
import { homeBoard } from '../../domain/ids.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import { hashOf } from '../secret.ts';
import type { World } from '../world.ts';
import { kanbanLine } from './command.ts';
import type { ChatUser, Spoken } from './platform.ts';

/** The code in `/kanban pair CODE`. */
export const codeIn = (text: string): string | undefined =>
  /^pair\s+(\S+)$/.exec(kanbanLine(text) ?? '')?.[1];

/** Lets whoever brings a code speak from now on, and says so. */
export async function pairWith(
  world: Pick<World, 'log'>,
  kernel: Kernel,
  { user, place: { platform } }: Spoken,
  code: string,
): Promise<string> {
  const hash = hashOf(normalCode(code));
  const answer = await kernel.pair(homeBoard, { platform, user_id: user.id, name: user.name, hash });
  if (!answer.ok) return answer.refusal.sentence;
  const { value } = answer;
  if (value.role === null) {
    world.log.warn('Somebody has brought a wrong code to a chat.', { platform, user: user.id });
    return value.why === 'wrong'
      ? 'That code is wrong, used or over; `andon chat pair` on the machine gives another.'
      : 'Those were too many wrong codes; try again in 15 minutes.';
  }
  world.log.info('Somebody was paired with the board.', { platform, user: user.id, role: value.role });
  return value.role === 'operator'
    ? `Welcome, ${user.name}: you may work with tasks here. /kanban help tells how.`
    : `Welcome, ${user.name}: you may look at tasks here. /kanban help tells how.`;
}

/** The role of somebody by the lists of the settings and by a code that they brought, whichever reaches farther. */
export async function roleOf(
  kernel: Kernel,
  platform: string,
  user: ChatUser,
  listed: ChatRole | undefined,
): Promise<ChatRole | undefined> {
  if (listed === 'operator') return listed;
  const found = await kernel.pairedPerson(homeBoard, { platform, user_id: user.id });
  const paired = found.ok ? found.value?.role : undefined;
  return paired === 'operator' ? paired : (listed ?? paired);
}
