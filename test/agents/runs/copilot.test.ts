import { copilot } from '../../../src/services/agents/copilot.ts';
import { behaves } from './behaviour.ts';
import { worksFor } from './stories.ts';

behaves(copilot, '@github/copilot');
worksFor('copilot', '@github/copilot');
