import { expect, it } from 'vitest';
import { type Press, pressText } from '../../src/domain/button.ts';
import { asEventId } from '../../src/domain/ids.ts';
import { createListener } from '../../src/services/chat/listener.ts';
import { openHome } from '../../src/services/home.ts';
import { nodeWorld } from '../../src/services/world-node.ts';
import { board, openBoard } from '../support/board.ts';
import { chatKeeper } from '../support/chat-keeper.ts';
import { quiet } from '../support/quiet-log.ts';
import { stores } from '../support/stores.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

it.each(stores)(
  'a reply presses a button only when a question of ours is replied to, on $name',
  async (kind) => {
    const { kernel, create } = openBoard(kind);
    const task_id = await create('Pay the bill');
    const { platform, messages } = chatKeeper();
    const pressed: string[] = [];
    const press: typeof kernel.press = (on, given) => {
      pressed.push(given.button);
      return kernel.press(on, given);
    };
    const folder = temporaryFolder();
    const hear = createListener(nodeWorld({ log: quiet }), {
      kernel: { ...kernel, press },
      ...{ home: openHome({ ANDON_HOME: folder }, folder), platform, andon: 'andon', name: 'default' },
      roleOf: async () => 'operator',
      attach: () => Promise.reject(new Error('There are no files.')),
    });
    const heard = {
      ...{ id: 'telegram:1', place: { platform: 'telegram', chat_id: '7', thread_id: '' } },
      user: { id: '42', name: 'ana' },
    };
    const reply = (replied: string) =>
      hear({ ...heard, kind: 'spoken', text: 'Well done!', message: '5', alone: false, replied });
    const markOf = (button: Press['button']) =>
      pressText({ button, task_id, board, event_id: asEventId(1), assignee: null }, 64);

    await reply(`✔ @coder ${task_id} done: Pay the bill\nAll paid. [${markOf('approve')}]`);
    await reply(`✔ @coder ${task_id} done: Pay the bill\nAll paid. [${markOf('answer')}]`);
    await reply(`undefined for ${task_id}, as a reply to this message.\n[${markOf('approve')}]`);
    expect([pressed, messages]).toEqual([[], []]);

    const data = markOf('answer') ?? '';
    await hear({ ...heard, kind: 'pressed', data, answer: async () => {} });
    expect(messages[0]).toMatchObject({ asks: true, key: 'telegram:1' });
    await reply(messages[0]?.text ?? '');
    expect(pressed).toEqual(['answer']);
  },
);
