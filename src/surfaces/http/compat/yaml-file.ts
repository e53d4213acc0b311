import { parseDocument } from 'yaml';
import type { Files } from '../../../services/world.ts';

/** Changes keys of a YAML file and leaves everything else in it, comments too; what is undefined stays as it is. */
export async function changeYaml(
  files: Pick<Files, 'read' | 'write'>,
  path: string,
  changes: Readonly<Record<string, unknown>>,
): Promise<void> {
  const document = parseDocument((await files.read(path)) ?? '');
  for (const [key, value] of Object.entries(changes)) {
    if (value !== undefined) document.set(key, value);
  }
  await files.write(path, String(document));
}
