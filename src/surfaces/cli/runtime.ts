import { sqliteVerdict } from '../../store/sqlite/version.ts';

/** The versions that decide whether a Node can run Andon; Node 20 has no SQLite. */
export interface Versions {
  readonly node: string;
  readonly sqlite?: string | undefined;
}

const least = { major: 24, minor: 15 };

/** Why a Node cannot run Andon, or `undefined` when it can. `bin/andon` holds the same rule in sh; a test compares. */
export function unfit(versions: Versions): string | undefined {
  const [major = 0, minor = 0] = versions.node.split('.').map(Number);
  if (major < least.major || (major === least.major && minor < least.minor)) {
    return `Node ${least.major}.${least.minor} or newer is needed, and this is Node ${versions.node}`;
  }
  const verdict = sqliteVerdict(versions.sqlite);
  return verdict.ok ? undefined : `Node ${versions.node} does not do: ${verdict.sentence.replace(/\.$/, '')}`;
}
