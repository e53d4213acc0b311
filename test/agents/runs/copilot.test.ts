import { copilot } from '../drivers/copilot.ts';
import { behaves } from './behaviour.ts';

behaves(copilot, '@github/copilot');
