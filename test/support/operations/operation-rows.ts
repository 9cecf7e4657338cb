/** Every operation of KMS as the suites call it; test/conformance/operation-rows.test.ts holds it complete. */
import { aliasesAndGrants } from './aliases-and-grants.js';
import { cryptography } from './cryptography.js';
import { keyLife } from './key-life.js';
import type { StateRow } from './key-states.js';
import { keyStores } from './key-stores.js';
import { keys } from './keys.js';
import { type OperationRow, titleOf } from './operation-row.js';
import { signing } from './signing.js';
import { withoutKey } from './without-key.js';

/** Those on custom key stores come last: they take the server's store away and bring another. */
export const operationRows: readonly (OperationRow & { readonly title: string })[] = [
  ...cryptography,
  ...signing,
  ...keys,
  ...aliasesAndGrants,
  ...keyLife,
  ...withoutKey,
  ...keyStores,
].map((row) => ({ ...row, title: titleOf(row) }));

export type TitledRow = (typeof operationRows)[number];

/** Those on a key, which follow the table of states. */
export const keyRows = operationRows.filter(
  (row): row is TitledRow & { readonly states: StateRow } => row.states !== undefined,
);
