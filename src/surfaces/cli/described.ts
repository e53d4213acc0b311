import packageFile from '../../../package.json' with { type: 'json' };
import { describe, newProgram, type Program } from './verb.ts';

/** The program without its verbs, with the words of its help and its version: enough for `--version`. */
export const describedProgram = (): Program =>
  describe(
    newProgram(() => 'see `andon --help`'),
    packageFile.version,
  );
