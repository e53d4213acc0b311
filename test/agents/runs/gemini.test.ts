import { gemini } from '../../../src/services/agents/gemini.ts';
import { behaves } from './behaviour.ts';
import { worksFor } from './stories.ts';

behaves(gemini, '@google/gemini-cli');
worksFor('gemini', '@google/gemini-cli');
