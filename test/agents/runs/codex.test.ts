import { codex } from '../drivers/codex.ts';
import { behaves } from './behaviour.ts';

behaves(codex, '@openai/codex');
