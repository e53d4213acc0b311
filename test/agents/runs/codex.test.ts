import { codex } from '../../../src/services/agents/codex.ts';
import { behaves } from './behaviour.ts';
import { worksFor } from './stories.ts';

behaves(codex, '@openai/codex');
worksFor('codex', '@openai/codex');
