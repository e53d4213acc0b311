import { kinds, type Read, type Zod } from './strict-yaml.ts';

/** The `http:` block of `andon.yaml`: where a gateway answers people, scripts and pages, and how much of them it bears. */
export interface HttpSettings {
  readonly enabled: boolean;
  /** The address that it listens at; one that others reach needs `allow_public`. */
  readonly host: string;
  /** 0 takes a free one; the gateway's presence says which. */
  readonly port: number;
  /** How people reach it when something stands in front of it, such as `https://board.example.org`. */
  readonly public_url: string | undefined;
  /** Names beside its own under which it may be asked for; others are refused, against DNS rebinding. */
  readonly allowed_hosts: readonly string[];
  readonly allow_public: boolean;
  /** Event streams open at once, of all and of one token. */
  readonly max_streams: number;
  readonly max_streams_per_token: number;
  /** Of one token, with as much again for a moment; 0 is no limit. */
  readonly requests_per_second: number;
}

export const httpDefaults: HttpSettings = {
  enabled: true,
  host: '127.0.0.1',
  port: 4733,
  public_url: undefined,
  allowed_hosts: [],
  allow_public: false,
  max_streams: 2000,
  max_streams_per_token: 200,
  requests_per_second: 200,
};

export const httpSchema = (z: Zod) => {
  const { strict, whole, yesNo, line } = kinds(z);
  const url = z.url({ protocol: /^https?$/, error: 'an http or https address' });
  const name = z
    .string()
    .regex(/^[A-Za-z0-9.-]+(:\d+)?$/, { error: 'host names, each with or without a port' });
  return strict({
    enabled: yesNo.optional(),
    host: line.optional(),
    port: whole(0).max(65_535, { error: 'a port from 0 to 65535' }).optional(),
    public_url: url.optional(),
    allowed_hosts: z.array(name, { error: 'a list of host names' }).optional(),
    allow_public: yesNo.optional(),
    max_streams: whole(1).optional(),
    max_streams_per_token: whole(1).optional(),
    requests_per_second: whole(0).optional(),
  });
};
export type HttpLayer = { readonly [Key in keyof HttpSettings]?: HttpSettings[Key] | undefined };

/** Layers over the defaults, the later over the earlier; a place that others reach has to be allowed in so many words. */
export function httpSettings(layers: readonly (HttpLayer | undefined)[]): Read<HttpSettings> {
  const given = layers.flatMap((layer) => Object.entries(layer ?? {}));
  const said = Object.fromEntries(given.filter(([, value]) => value !== undefined));
  const settings: HttpSettings = { ...httpDefaults, ...said };
  if (isLoopback(settings.host) || settings.allow_public) return { ok: true, value: settings };
  return {
    ok: false,
    message: `andon.yaml: http.host is ${settings.host}, which others can reach; set http.allow_public: true if that is meant, or leave it at 127.0.0.1.`,
  };
}

/** Whether only this machine reaches an address. */
export const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
