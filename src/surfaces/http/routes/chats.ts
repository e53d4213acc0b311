import { z } from '@hono/zod-openapi';
import { chatRoles } from '../../../domain/chat.ts';
import { homeBoard } from '../../../domain/ids.ts';
import { filledText, record, word } from '../../contract.ts';
import { newPairingCode, pairingSeconds } from '../../pairing-code.ts';
import { nothing, route } from '../route.ts';
import * as homeShape from '../shapes-home.ts';
import { shown } from '../views.ts';

/** Who may speak in chats because they brought a code. */

const admin = { tag: 'Access', role: 'admin', all_boards: true } as const;
const mostListed = 1000;

const list = route({
  ...admin,
  method: 'get',
  path: '/chat/people',
  summary: 'Who was paired with the board in chats',
  input: nothing,
  answer: z.strictObject({ people: z.array(homeShape.pairedPerson) }),
  work: async ({ kernel }) =>
    shown(await kernel.pairedPeople(homeBoard, { limit: mostListed }), (people) => ({ people })),
});

const pair = route({
  ...admin,
  method: 'post',
  path: '/chat/codes',
  summary: 'A code for one person: whoever sends `/kanban pair CODE` to the bot may speak',
  description: '`platform` limits it to one, such as `telegram`. It is told this once.',
  input: record({ role: word(chatRoles).default('operator'), platform: filledText.optional() }),
  answer: z.strictObject({ code: z.string(), expires_in: z.int() }),
  status: 201,
  work: async ({ kernel, identity }, { role, platform }) => {
    const { code, hash } = newPairingCode();
    const only = platform?.trim().toLowerCase() ?? null;
    const wanted = { hash, role, platform: only, created_by: identity.name, for_seconds: pairingSeconds };
    return shown(await kernel.createCode(homeBoard, wanted), () => ({ code, expires_in: pairingSeconds }));
  },
});

const unpair = route({
  ...admin,
  method: 'delete',
  path: '/chat/people',
  summary: 'From now on they may not speak, unless `andon.yaml` lists them',
  input: record({ platform: filledText, user_id: filledText }),
  answer: homeShape.done,
  work: async ({ kernel }, input) => shown(await kernel.unpair(homeBoard, input), () => ({ ok: true })),
});

export const chatRoutes = [list, pair, unpair];
