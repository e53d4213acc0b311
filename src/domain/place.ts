/** Where people are told and heard: a chat of a platform, or a thread in it (`thread_id` is empty for none). */
export interface Place {
  readonly platform: string;
  readonly chat_id: string;
  readonly thread_id: string;
}

/** `telegram:-100123#7`: how settings, sessions and people write a place. */
export const placeText = ({ platform, chat_id, thread_id }: Place): string =>
  `${platform}:${chat_id}${thread_id === '' ? '' : `#${thread_id}`}`;

/** Reads what `placeText` wrote; a chat id may hold colons, and a thread begins at the last `#`. */
export function parsePlace(text: string): Place | undefined {
  const match = /^([a-z][a-z0-9_-]*):(.+?)(?:#([^#]+))?$/.exec(text.trim());
  if (!match) return undefined;
  const [, platform = '', chat_id = '', thread_id = ''] = match;
  return { platform, chat_id, thread_id };
}

export const samePlace = (one: Place, other: Place): boolean => placeText(one) === placeText(other);

/** Contract §7.6: tell people, start a turn of the agent who answers there, or both. */
export const deliveryModes = ['notify', 'notify+wake', 'wake'] as const;
export type DeliveryMode = (typeof deliveryModes)[number];
