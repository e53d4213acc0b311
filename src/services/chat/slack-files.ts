import type { WebClient } from '@slack/web-api';
import type { World } from '../world.ts';
import { discreet, filePatience } from './adapter.ts';
import type { SpokenFile } from './platform.ts';
import { name, type SaidTo, type SharedFile } from './slack-heard.ts';

export interface SlackFilesOptions {
  readonly api: WebClient;
  /** The bot's, which files are fetched with. */
  readonly token: string;
  /** What went wrong with a call, in words without a secret. */
  readonly wordsOf: (error: unknown) => string;
  readonly download: World['download'];
}

/** The files that came with what was said; their content is fetched when it is asked for, from Slack alone. */
export function createSlackFiles({ api, token, wordsOf, download }: SlackFilesOptions) {
  // Slack tells why it does not give a file, which the server of the files does not; and an address that is of today.
  const look = async (file: string) => {
    const answer = await api.files.info({ file }).catch((error: unknown) => {
      throw new Error(wordsOf(error));
    });
    return answer.file;
  };
  const content = async (id: string, most: number): Promise<Uint8Array> => {
    const url = (await look(id))?.url_private_download;
    if (url === undefined) throw new Error('Slack only links to it: send the file itself.');
    if (!isOfSlack(url, api.slackApiUrl)) throw new Error('It does not lie in Slack: send the file itself.');
    const headers = { authorization: `Bearer ${token}` };
    return discreet(download({ url, headers, most, timeout: filePatience }), [token]);
  };

  return async ({ files, place, ts }: Pick<SaidTo, 'files' | 'place' | 'ts'>): Promise<SpokenFile[]> => {
    const told = async (file: SharedFile): Promise<SpokenFile> => {
      const known = file.name ? file : ((await look(file.id).catch(() => undefined)) ?? file);
      return {
        id: `${name}:${place.chat_id}:${ts}:${file.id}`,
        name: known.name || file.id,
        type: known.mimetype ?? null,
        size: known.size ?? null,
        content: (most) => content(file.id, most),
      };
    };
    return Promise.all(files.map(told));
  };
}

/** Whether an address is of the API's own host, or of the one beside it that has the files; the token goes nowhere else. */
export function isOfSlack(url: string, apiUrl: string): boolean {
  if (!URL.canParse(url)) return false;
  const [file, api] = [new URL(url), new URL(apiUrl)];
  return file.protocol === api.protocol && [api.host, `files.${api.host}`].includes(file.host);
}
