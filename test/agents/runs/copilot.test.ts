import { copilot } from '../../../src/services/agents/copilot.ts';
import { behaves } from './behaviour.ts';

behaves(copilot, '@github/copilot');
