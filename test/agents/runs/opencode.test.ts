import { opencode } from '../drivers/opencode.ts';
import { behaves } from './behaviour.ts';

behaves(opencode, 'opencode-linux-x64');
