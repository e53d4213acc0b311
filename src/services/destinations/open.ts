import type { Channel } from '../channel.ts';
import type { Env } from '../home.ts';
import type { Settings } from '../settings.ts';
import { createWebhookChannel } from '../webhook.ts';
import type { World } from '../world.ts';
import { createDesktopChannel } from './desktop.ts';
import { createNtfyChannel } from './ntfy.ts';

export interface DestinationOptions {
  readonly env: Env;
  readonly settings: Pick<Settings, 'webhooks' | 'email' | 'ntfy' | 'desktop'> & {
    readonly http: Pick<Settings['http'], 'public_url'>;
  };
  /** The name of the operating system, as Node has it. */
  readonly system: string;
}

/** The ways out that are no chats, as the settings name them. The library for e-mail is loaded only when it is wanted. */
export async function openDestinations(
  world: World,
  { env, settings, system }: DestinationOptions,
): Promise<readonly Channel[]> {
  const { webhooks, email, ntfy, desktop } = settings;
  const { public_url } = settings.http;
  const channels = [createWebhookChannel(world, env, webhooks)];
  if (email !== undefined) {
    const { createEmailChannel } = await import('./email.ts');
    channels.push(createEmailChannel(world, { settings: email, env, public_url }));
  }
  if (ntfy !== undefined) channels.push(createNtfyChannel(world, env, ntfy, public_url));
  if (desktop) channels.push(createDesktopChannel(world, env, system));
  return channels;
}
