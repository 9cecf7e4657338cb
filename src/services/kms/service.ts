/** AWS KMS as a service: its errors, its operations, and the steps of a call in order. */

import { registryOf } from '../../declare/operation.js';
import { ServiceError } from '../../kernel/service-error.js';
import type { Service } from '../../pipeline/service.js';
import { type AuthenticatePorts, authenticate } from '../../pipeline/steps/authenticate.js';
import { decode } from '../../pipeline/steps/decode.js';
import { type MemoryPorts, requireFreshMemory } from '../../pipeline/steps/require-fresh-memory.js';
import { requireTrail, type TrailPorts } from '../../pipeline/steps/require-trail.js';
import { route } from '../../pipeline/steps/route.js';
import { run } from '../../pipeline/steps/run.js';
import { type ThrottlePorts, throttle } from '../../pipeline/steps/throttle.js';
import { KmsCall } from './call.js';
import { errorCatalogue } from './errors.js';
import { kmsRecords } from './records.js';
import { type OperationPorts, sections } from './registry.js';
import { authorize } from './steps/authorize.js';
import type { AuthorizePorts } from './steps/authorize-key.js';
import { type CheckPorts, checkKeys, findMaterial, precheck } from './steps/check-keys.js';
import { checkOperation } from './steps/check-operation.js';
import { endDryRun, stopDryRun } from './steps/dry-run.js';
import { learnGrantTokens } from './steps/learn-grant-tokens.js';
import { makeManagedKeys } from './steps/make-managed-keys.js';
import { type NoteUsePorts, noteUse } from './steps/note-use.js';
import { type ResolvePorts, readCiphertexts, resolveKeys } from './steps/resolve-keys.js';
import { type SpendQuotaPorts, spendQuota } from './steps/spend-quota.js';
import { wordFact } from './wording.js';

export type KmsPorts = MemoryPorts &
  AuthenticatePorts &
  ThrottlePorts &
  TrailPorts &
  ResolvePorts &
  AuthorizePorts &
  CheckPorts &
  NoteUsePorts &
  SpendQuotaPorts &
  OperationPorts;

export const kms: Service<KmsCall<KmsPorts>, KmsPorts> = {
  name: 'kms',
  wire: { jsonTarget: 'TrentService', restPath: '' },
  errors: {
    catalogue: errorCatalogue,
    spelling: { InternalFailure: 'KMSInternalException' },
    internal: {
      code: 'KMSInternalException',
      message: 'The request failed because of an internal error.',
    },
    wording: (error) => {
      const worded = wordFact(error);
      return worded instanceof ServiceError ? worded : undefined;
    },
  },
  sections,
  operations: registryOf(sections),
  steps: [
    route,
    requireFreshMemory,
    authenticate,
    decode,
    resolveKeys,
    learnGrantTokens,
    authorize,
    readCiphertexts,
    throttle,
    spendQuota,
    makeManagedKeys,
    precheck,
    findMaterial,
    checkKeys,
    checkOperation,
    stopDryRun,
    requireTrail,
    run,
    endDryRun,
  ],
  open: (opened, home) => new KmsCall(opened, home),
  records: kmsRecords,
  recorded: noteUse,
};
