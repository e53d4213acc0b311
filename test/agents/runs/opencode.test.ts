import { opencode } from '../../../src/services/agents/opencode.ts';
import { behaves } from './behaviour.ts';
import { worksFor, worksOverAcp } from './stories.ts';

behaves(opencode, 'opencode-linux-x64');
worksFor('opencode', 'opencode-linux-x64');
worksOverAcp('opencode', 'opencode-linux-x64', ['acp']);
