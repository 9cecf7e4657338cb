/** The AWS SDK and the AWS Encryption SDK for JavaScript, as their users use them. */
import { createRequire } from 'node:module';
import { testCase } from './cases.js';
import { readAll, writeAll } from './encryption-sdk.js';
import { operations } from './operations.js';
import { specs } from './specs.js';

const LIBRARIES = ['@aws-sdk/client-kms', '@aws-crypto/client-node', '@noble/post-quantum'];

function versions(): string {
  const { dependencies } = createRequire(import.meta.url)('../package.json');
  const said = LIBRARIES.map((name) => `${name} ${dependencies[name]}`);
  return [`Node ${process.version.slice(1)}`, ...said].join(', ');
}

if (process.argv.includes('exchange')) {
  await readAll();
} else {
  await testCase('versions', versions);
  await operations();
  await specs();
  await writeAll();
}
