/** Every command. A new one is a file and a line here. */
import type { Command } from './core/command.js';
import { init } from './init.js';
import { simulatePolicy } from './policy/simulate.js';
import { serve } from './serve.js';

export const commands: readonly Command[] = [init, serve, simulatePolicy];
