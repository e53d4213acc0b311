import { claude } from '../drivers/claude.ts';
import { behaves } from './behaviour.ts';

behaves(claude, '@anthropic-ai/claude-code');
