import { opencode } from '../../../src/services/agents/opencode.ts';
import { behaves } from './behaviour.ts';

behaves(opencode, 'opencode-linux-x64');
