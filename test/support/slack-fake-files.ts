import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Fields, FileOfPerson } from './chat-fake.ts';

/** A file that somebody shares. */
export interface SharedFile extends FileOfPerson {
  /** It comes from another workspace: with the message Slack tells its id alone. */
  readonly bare?: boolean;
  /** Where Slack says that it lies; with Slack unless said, `null` for a link to elsewhere. */
  readonly url?: string | null;
  /** What Slack answers to whoever asks for it, such as `missing_scope`. */
  readonly refusal?: string;
  /** Where Slack's own server leads whoever fetches it. */
  readonly led?: string;
}

/** What people have shared in the fake of Slack, at its address `root`. */
export function sharedFiles(token: string, root: () => string) {
  const files = new Map<string, { readonly file: SharedFile; readonly info: Fields }>();
  return {
    /** Gives what a message tells of it. */
    share: (file: SharedFile): Fields => {
      const id = `FS${files.size + 1}`;
      const { name, text, url = `${root()}/files-pri/T1-${id}/download/file`, bare } = file;
      const about = { id, name, mimetype: 'text/plain', size: text.length };
      const info = { ...about, ...(url !== null && { url_private_download: url }) };
      files.set(id, { file, info });
      return bare === true ? { id, mode: 'file_access', file_access: 'check_file_info' } : info;
    },
    info: (id: string): Fields => {
      const { file, info } = files.get(id) ?? {};
      const error = file === undefined ? 'file_not_found' : file.refusal;
      return error === undefined ? { file: info } : { error };
    },
    /** Whether that is a request for a file; it is answered then. */
    serves: ({ url = '', headers }: IncomingMessage, response: ServerResponse): boolean => {
      const [, id = ''] = /^\/files-pri\/T1-(\w+)\/download\//.exec(url) ?? [];
      const found = files.get(id);
      if (found === undefined) return false;
      const { text, led } = found.file;
      // Who may not have it is led to the page at which people log in.
      const location = led ?? (headers.authorization === `Bearer ${token}` ? undefined : `${root()}/signin`);
      if (location === undefined) response.writeHead(200).end(text);
      else response.writeHead(302, { location }).end();
      return true;
    },
  };
}
