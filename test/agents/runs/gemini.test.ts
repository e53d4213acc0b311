import { gemini } from '../../../src/services/agents/gemini.ts';
import { behaves } from './behaviour.ts';

behaves(gemini, '@google/gemini-cli');
