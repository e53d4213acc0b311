import {
  type APIApplicationCommandInteraction,
  type APIMessageComponentInteraction,
  InteractionResponseType,
  Routes,
} from 'discord-api-types/v10';
import { type DiscordApi, isGone } from './discord-api.ts';
import { pressedBody, whisperBody } from './discord-words.ts';

export interface DiscordAnswers {
  /** Acknowledges a press; gives what answers it. */
  press(interaction: APIMessageComponentInteraction): (words: string, settled: boolean) => Promise<void>;
  /** Acknowledges a command; gives what its answer names as the message that it answers. */
  command(interaction: APIApplicationCommandInteraction): {
    readonly message: string;
    after(): Promise<void>;
  };
  /** Answers a command in its own place; false when there is none of this name, or not any more. */
  fill(message: string, body: object): Promise<boolean>;
}

/** Milliseconds for an acknowledgement, which Discord does not want after three seconds. */
const patience = 5000;
const original = '@original';

interface Open {
  readonly app: string;
  readonly token: string;
  /** Resolves when the acknowledgement arrived or failed. */
  readonly acknowledged: Promise<unknown>;
  isFilled: boolean;
}

/**
 * The answers to presses and commands. What comes again after a crash was acknowledged by the process before, so each answer is
 * tried whatever became of the acknowledgement; one that came too late is given as a message like any other.
 */
export function createAnswers(api: DiscordApi): DiscordAnswers {
  const commands = new Map<string, Open>();
  const acknowledge = (id: string, token: string, type: InteractionResponseType): Promise<unknown> =>
    api
      .rest()
      .post(Routes.interactionCallback(id, token), {
        auth: false,
        body: { type },
        signal: AbortSignal.timeout(patience),
      })
      .catch(() => undefined);
  const address = ({ app, token }: Pick<Open, 'app' | 'token'>) =>
    Routes.webhookMessage(app, token, original);

  return {
    press: ({ id, token, application_id: app, message }) => {
      const acknowledged = acknowledge(id, token, InteractionResponseType.DeferredMessageUpdate);
      return async (words, settled) => {
        await acknowledged;
        const body = settled ? pressedBody(message.content, words) : whisperBody(words);
        // Neither a press that is older than 15 minutes can be answered any more, nor a message that somebody deleted.
        if (!settled) {
          await api
            .rest()
            .post(Routes.webhook(app, token), { auth: false, body })
            .catch(() => undefined);
          return;
        }
        await api
          .rest()
          .patch(address({ app, token }), { auth: false, body })
          .catch(() => api.rest().patch(Routes.channelMessage(message.channel_id, message.id), { body }))
          .catch(() => undefined);
      };
    },
    command: ({ id, token, application_id: app }) => {
      const type = InteractionResponseType.DeferredChannelMessageWithSource;
      const message = `command:${id}`;
      const open = { app, token, acknowledged: acknowledge(id, token, type), isFilled: false };
      commands.set(message, open);
      const after = async (): Promise<void> => {
        commands.delete(message);
        if (open.isFilled) return;
        // Nothing was said to it: Discord would show for a quarter of an hour that we think.
        await open.acknowledged;
        await api
          .rest()
          .delete(address(open), { auth: false })
          .catch(() => undefined);
      };
      return { message, after };
    },
    fill: async (message, body) => {
      const open = commands.get(message);
      if (open === undefined || open.isFilled) return false;
      await open.acknowledged;
      try {
        await api.rest().patch(address(open), { auth: false, body });
        open.isFilled = true;
        return true;
      } catch (error) {
        if (!isGone(error)) throw error;
        commands.delete(message);
        return false;
      }
    },
  };
}
