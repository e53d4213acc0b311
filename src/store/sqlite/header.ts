/** What the first bytes of a database file tell (contract §6.1.3). */

const magic = 'SQLite format 3\0';
/** As many as are shown. */
export const headerLength = 32;

/** Why a file with these first bytes is no database, or `undefined` when it may be one. An empty file may become one. */
export function headerFault(bytes: Uint8Array, path: string): string | undefined {
  const text = (from: number, to: number): string => String.fromCharCode(...bytes.subarray(from, to));
  if (bytes.length === 0 || text(0, magic.length) === magic) return undefined;
  const shown = Buffer.from(bytes.subarray(0, headerLength)).toString('hex');
  const at = isTlsRecord(bytes, 0)
    ? 0
    : text(0, 5) === magic.slice(0, 5) && isTlsRecord(bytes, 5)
      ? 5
      : undefined;
  const hint =
    at === undefined
      ? ''
      : `, with a TLS record header at byte ${at}: a program sent network data into a reused descriptor`;
  return `file is not a database: ${path} begins with ${shown}${hint}`;
}

/** Content type 0x14 to 0x17, version 3.0 to 3.4, and a length that a record may have. */
function isTlsRecord(bytes: Uint8Array, at: number): boolean {
  const [type = 0, major = 0, minor = 255, high = 0, low = 0] = bytes.subarray(at, at + 5);
  const length = high * 256 + low;
  return type >= 0x14 && type <= 0x17 && major === 3 && minor <= 4 && length >= 1 && length <= 18_432;
}
