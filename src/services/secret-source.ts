import type { Env } from './home.ts';
import type { World } from './world.ts';

/** Where a secret is. */
export interface SecretSource {
  /** What it is called in `andon.yaml`, without `_env` and `_file`. */
  readonly setting: string;
  /** The name of an environment variable. */
  readonly env: string | undefined;
  /** A file that its owner alone can read. */
  readonly file: string | undefined;
}

/** The secret itself; throws what is wrong in one sentence that does not hold it. */
export async function secretOf(
  { files }: Pick<World, 'files'>,
  variables: Env,
  { setting, env, file }: SecretSource,
): Promise<string> {
  if (env !== undefined) {
    const secret = variables[env]?.trim();
    if (secret) return secret;
    throw new Error(`The environment variable ${env} of ${setting}_env is not set.`);
  }
  if (file === undefined) throw new Error(`andon.yaml needs ${setting}_env or ${setting}_file.`);
  const secret = (await files.read(file))?.trim();
  if (!secret) throw new Error(`The file ${file} of ${setting}_file is missing or empty.`);
  if (await files.isPrivate(file)) return secret;
  throw new Error(`Others can read ${file}, the secret of ${setting}_file: \`chmod 600\` it.`);
}
