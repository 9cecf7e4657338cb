/** An SDK's packages, as they are installed below a directory. */
import { createRequire } from 'node:module';
import path from 'node:path';
import { type Enumerations, enumerationsOf } from './sdk-enumerations.js';

/** One service's package. */
export interface Sdk {
  readonly version: string;
  /** What it exports: clients, schemas, enumerations. */
  readonly exports: object;
  readonly enumerations: Enumerations;
}

/** Packages that aren't named after what their service signs as. */
const PACKAGES: Readonly<Record<string, string>> = { tagging: 'resource-groups-tagging-api' };

/** The SDK's package for a service. */
export function packageOf(service: string): string {
  return `@aws-sdk/client-${PACKAGES[service] ?? service}`;
}

/**
 * @param service as in SigV4 scopes: `kms`
 * @param root a directory with `node_modules`
 */
export function installedSdk(service: string, root: string): Sdk {
  const require = createRequire(path.join(root, 'package.json'));
  const exports: object = require(packageOf(service));
  const directory = path.join(root, 'node_modules', packageOf(service));
  const { version } = require(path.join(directory, 'package.json'));
  return { version, exports, enumerations: enumerationsOf(exports, directory) };
}
