/**
 * Every command. A new one is a file and a line here. What a command works with it loads when it runs,
 * so that help and errors come at once.
 */
import { exportAudit } from './audit/export.js';
import { auditKey } from './audit/key.js';
import { searchAudit } from './audit/search.js';
import { verifyAudit } from './audit/verify.js';
import { createBackup } from './backup/create.js';
import { restoreBackup } from './backup/restore.js';
import { verifyBackup } from './backup/verify.js';
import type { Command } from './core/command.js';
import { doctor } from './doctor.js';
import { init } from './init.js';
import { adoptKey } from './key/adopt.js';
import { simulatePolicy } from './policy/simulate.js';
import { serve } from './serve.js';
import { checkToken } from './token/check.js';
import { initializeToken } from './token/init.js';
import { listTokens } from './token/list.js';
import { reconcileToken, tokenObjects } from './token/objects.js';

export const commands: readonly Command[] = [
  init,
  serve,
  doctor,
  simulatePolicy,
  adoptKey,
  createBackup,
  verifyBackup,
  restoreBackup,
  verifyAudit,
  searchAudit,
  exportAudit,
  auditKey,
  listTokens,
  initializeToken,
  checkToken,
  tokenObjects,
  reconcileToken,
];
