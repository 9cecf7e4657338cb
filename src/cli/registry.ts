/**
 * Every command. A new one is a file and a line here. What a command works with it loads when it runs,
 * so that help and errors come at once.
 */

import { createAlias } from './alias/create.js';
import { deleteAlias } from './alias/delete.js';
import { listAliases } from './alias/list.js';
import { exportAudit } from './audit/export.js';
import { auditKey } from './audit/key.js';
import { searchAudit } from './audit/search.js';
import { verifyAudit } from './audit/verify.js';
import { createBackup } from './backup/create.js';
import { restoreBackup } from './backup/restore.js';
import { verifyBackup } from './backup/verify.js';
import { completion } from './completion.js';
import { checkConfig } from './config/check.js';
import { listSettings } from './config/settings.js';
import type { Command } from './core/command.js';
import { doctor } from './doctor.js';
import { events } from './events.js';
import { listGrants } from './grant/list.js';
import { revokeGrant } from './grant/revoke.js';
import { init } from './init.js';
import { adoptKey } from './key/adopt.js';
import { cancelKeyDeletion } from './key/cancel-deletion.js';
import { createKey } from './key/create.js';
import { deleteKey } from './key/delete.js';
import { describeKey } from './key/describe.js';
import { disableKey } from './key/disable.js';
import { enableKey } from './key/enable.js';
import { listKeys } from './key/list.js';
import { rotateKey } from './key/rotate.js';
import { setPolicy } from './policy/set.js';
import { showPolicy } from './policy/show.js';
import { simulatePolicy } from './policy/simulate.js';
import { createAccessKey } from './principal/access-key.js';
import { createUser } from './principal/create-user.js';
import { listPrincipals } from './principal/list.js';
import { serve } from './serve.js';
import { status } from './status.js';
import { connectStore } from './store/connect.js';
import { disconnectStore } from './store/disconnect.js';
import { listStores } from './store/list.js';
import { checkToken } from './token/check.js';
import { initializeToken } from './token/init.js';
import { listTokens } from './token/list.js';
import { reconcileToken, tokenObjects } from './token/objects.js';
import { version } from './version.js';

export const commands: readonly Command[] = [
  init,
  serve,
  status,
  version,
  checkConfig,
  listSettings,
  doctor,
  listKeys,
  describeKey,
  createKey,
  enableKey,
  disableKey,
  rotateKey,
  deleteKey,
  cancelKeyDeletion,
  adoptKey,
  listAliases,
  createAlias,
  deleteAlias,
  listGrants,
  revokeGrant,
  showPolicy,
  setPolicy,
  simulatePolicy,
  listPrincipals,
  createUser,
  createAccessKey,
  listStores,
  connectStore,
  disconnectStore,
  events,
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
  completion,
];
