/**
 * `npm run model`: what AWS has added since. Gets the newest published SDK into a directory of its own
 * and compares every service with it; ends with 1 when something has neither a place nor a reason here.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { ServiceFace } from '../../src/pipeline/service.js';
import { iam, sts } from '../../src/services/iam/service.js';
import { kms } from '../../src/services/kms/service.js';
import { tagging } from '../../src/services/tagging/service.js';
import { compare } from './compare.js';
import { explained, worded } from './not-here.js';
import { installedSdk, packageOf } from './sdk.js';

const SERVICES: readonly ServiceFace[] = [kms, iam, sts, tagging];

/** @throws Error when npm can't */
function installNewest(directory: string): void {
  writeFileSync(path.join(directory, 'package.json'), '{"private":true}');
  const packages = SERVICES.map(({ name }) => `${packageOf(name)}@latest`);
  const { status } = spawnSync(
    'npm',
    ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error', ...packages],
    { cwd: directory, stdio: ['ignore', 'ignore', 'inherit'] },
  );
  if (status !== 0) throw new Error('npm could not install the newest SDK');
}

/** Prints what is new in a service, and says how much it is. */
function report(service: ServiceFace, directory: string): number {
  const newest = installedSdk(service.name, directory);
  const installed = installedSdk(service.name, process.cwd());
  const found = compare(service, newest).map(worded);
  const reasons = explained(service.name).map(worded);
  const added = found.filter((line) => !reasons.includes(line));
  const settled = reasons.filter((line) => !found.includes(line));
  console.log(`${service.name}: SDK ${newest.version} (${installed.version} is installed)`);
  for (const line of added) console.log(`  new: ${line}`);
  for (const line of settled) console.log(`  no longer so: ${line}`);
  return added.length + settled.length;
}

const directory = mkdtempSync(path.join(tmpdir(), 'strongroom-model-'));
try {
  installNewest(directory);
  const news = SERVICES.reduce((sum, service) => sum + report(service, directory), 0);
  console.log(news === 0 ? 'Nothing is new.' : `${news} things to be decided.`);
  process.exitCode = news === 0 ? 0 : 1;
} finally {
  rmSync(directory, { recursive: true, force: true });
}
