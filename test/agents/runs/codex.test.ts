import { codex } from '../../../src/services/agents/codex.ts';
import { behaves } from './behaviour.ts';

behaves(codex, '@openai/codex');
