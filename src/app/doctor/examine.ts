/** Everything that `strongroom doctor` looks at, in this order. */

import { database } from './database.js';
import { clock, directories } from './directories.js';
import type { Check, Finding, Patient } from './finding.js';
import { certificate, peers, server, storedPolicies, tokens } from './surroundings.js';

const CHECKS: Readonly<Record<string, Check>> = {
  directories,
  database,
  tokens,
  certificate,
  clock,
  peers,
  server,
  policies: storedPolicies,
};

/** Goes on after a check that fails, whatever it fails by. */
export async function examine(patient: Patient): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for (const [check, look] of Object.entries(CHECKS)) {
    const found = await look(patient).catch((error: unknown) => {
      const { message, code } = Object(error);
      return [{ outcome: 'failed' as const, text: String(message || code || error) }];
    });
    findings.push(...found.map((each) => ({ check, ...each })));
  }
  return findings;
}
