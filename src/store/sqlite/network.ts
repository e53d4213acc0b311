import { statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { StoreFault } from '../store.ts';
import { identityOf } from './file-identity.ts';

/** Types of `statfs` on Linux whose locks or shared memory do not reach every process that has the file open. */
const networkTypes: Readonly<Record<number, string>> = {
  26985: 'NFS',
  20859: 'SMB',
  4266872130: 'SMB',
  4283649346: 'CIFS',
  16914839: '9p',
  1702057286: 'FUSE or virtiofs',
};

/** The type number of the file system that a folder is on. */
export type TypeOf = (folder: string) => number;

const systemType: TypeOf = (folder) => (process.platform === 'linux' ? statfsSync(folder).type : 0);

/** Throws an `unsafe` fault when the database at `path` is, or would be, on a network file system. */
export function refuseNetwork(path: string, typeOf: TypeOf = systemType): void {
  const folder = nearestFolder(path);
  const name = networkTypes[typeOf(folder) >>> 0];
  if (name === undefined) return;
  throw new StoreFault(
    'unsafe',
    `${path} lies on a network file system (${name}), where a database of several processes gets corrupted: ` +
      'move the home to a local disk, keep the boards in PostgreSQL (`store:` in andon.yaml), or set ' +
      'ANDON_ALLOW_NETWORK_FS=1 if only one machine and one kernel use it.',
  );
}

/** The nearest folder above `path` that exists. */
function nearestFolder(path: string): string {
  const folder = dirname(path);
  return folder === path || identityOf(folder) !== undefined ? folder : nearestFolder(folder);
}
