import type { OpenFake } from './chat-fake.ts';
import { fakeDiscord } from './discord-fake.ts';
import { fakeSlack } from './slack-fake.ts';
import { fakeTelegram } from './telegram-fake.ts';

/** The platforms that the tests of chats are run for; each has a fake that speaks the real protocol. */
export const chatPlatforms: readonly { readonly name: string; readonly fake: OpenFake }[] = [
  { name: 'telegram', fake: fakeTelegram },
  { name: 'slack', fake: fakeSlack },
  { name: 'discord', fake: fakeDiscord },
];
