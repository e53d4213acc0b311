import { gemini } from '../drivers/gemini.ts';
import { behaves } from './behaviour.ts';

behaves(gemini, '@google/gemini-cli');
