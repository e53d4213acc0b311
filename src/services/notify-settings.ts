import { parseDuration } from '../domain/duration.ts';
import type { Ladder } from '../domain/escalation.ts';
import { toldKinds } from '../domain/event.ts';
import { asSeconds, parseAssignee } from '../domain/ids.ts';
import { type Place, parsePlace, placeText } from '../domain/place.ts';
import { type DeliveryPolicy, parseHours } from '../domain/quiet.ts';
import { kinds, type Zod } from './strict-yaml.ts';

/** The `notifications:` block of `andon.yaml`: when places are told, and which agent answers there. */
export type NotifySettings = Wishes & {
  /** What differs at a place, by `platform:chat` or `platform:chat#thread`. */
  readonly places?: Readonly<Record<string, Wishes>> | undefined;
};

/** `false` switches off what is said above it. */
interface Wishes {
  readonly zone?: string | undefined;
  readonly quiet?: DeliveryPolicy['quiet'] | false;
  readonly digest?: number | false | undefined;
  readonly urgent?: readonly string[] | undefined;
  readonly agent?: string | undefined;
}

export const ladderDefaults: Ladder = {
  after: asSeconds(3600),
  remind: asSeconds(86_400),
  owner: null,
  on_call: null,
};

/** What `read` makes of a text or a number; `error` says what is accepted. */
const readAs = <Value>(z: Zod, error: string, read: (text: string) => Value | undefined) =>
  z.union([z.string(), z.int()], { error }).transform((given, context) => {
    const value = read(String(given));
    if (value !== undefined) return value;
    context.addIssue({ code: 'custom', message: error, input: given });
    return z.NEVER;
  });

const place = (z: Zod) => readAs(z, 'a place such as telegram:-100123#7', parsePlace);
const duration = (z: Zod) => readAs(z, 'a duration such as 90s, 15m, 2h or 1d', parseDuration);

/** `escalation:`, as a ladder; `null` when nobody is reminded. */
export const escalationSchema = (z: Zod) => {
  const { strict, yesNo } = kinds(z);
  return strict({
    enabled: yesNo.optional(),
    after: duration(z).optional(),
    remind: duration(z).optional(),
    owner: place(z).optional(),
    on_call: place(z).optional(),
  }).transform(({ enabled, after, remind, owner, on_call }): Ladder | null =>
    enabled === false
      ? null
      : {
          after: after ?? ladderDefaults.after,
          remind: remind ?? ladderDefaults.remind,
          owner: owner ?? null,
          on_call: on_call ?? null,
        },
  );
};

export const notifySchema = (z: Zod) => {
  const { strict } = kinds(z);
  const hours = 'hours such as "22:00-07:00", or false';
  const span = 'a duration such as 1h, or false';
  const profile = 'the name of a profile';
  const zone = 'a time zone such as Europe/Zurich';
  const wishes = {
    zone: z.string({ error: zone }).refine(isZone, { error: zone }).optional(),
    quiet: z.union([z.literal(false), readAs(z, hours, parseHours)], { error: hours }).optional(),
    digest: z.union([z.literal(false), readAs(z, span, parseDuration)], { error: span }).optional(),
    urgent: z
      .array(z.enum(toldKinds, { error: `kinds of events: ${toldKinds.join(', ')}` }), {
        error: 'a list of kinds of events',
      })
      .optional(),
    agent: z
      .string({ error: profile })
      .refine((name) => parseAssignee(name) !== null, { error: profile })
      .optional(),
  };
  const places = z.record(z.string(), strict(wishes), { error: 'a map of places' });
  return strict({
    ...wishes,
    places: places
      .refine((given) => Object.keys(given).every((text) => parsePlace(text) !== undefined), {
        error: `a map whose keys are places such as telegram:-100123#7`,
      })
      .optional(),
  });
};

function isZone(zone: string): boolean {
  try {
    return new Intl.DateTimeFormat('en-GB', { timeZone: zone }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

/** What holds at a place: its own words over those for its whole chat, and these over those for all. */
export function wishesAt(
  { places = {}, ...general }: NotifySettings,
  at: Place,
): { readonly policy: DeliveryPolicy; readonly agent: string | undefined } {
  const said = [general, places[placeText({ ...at, thread_id: '' })] ?? {}, places[placeText(at)] ?? {}].map(
    (layer) => Object.fromEntries(Object.entries(layer).filter(([, value]) => value !== undefined)),
  );
  const { zone, quiet, digest, urgent, agent }: Wishes = Object.assign({}, ...said);
  return {
    policy: {
      zone,
      quiet: quiet === false ? undefined : quiet,
      digest_seconds: digest === false ? undefined : digest,
      urgent: urgent ?? [],
    },
    agent,
  };
}
