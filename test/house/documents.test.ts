import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { cloudTrail } from '../../src/services/cloudtrail/service.js';
import { iam, sts } from '../../src/services/iam/service.js';
import { kms } from '../../src/services/kms/service.js';
import { tagging } from '../../src/services/tagging/service.js';

const architecture = readFileSync('ARCHITECTURE.md', 'utf8');

describe('ARCHITECTURE.md', () => {
  it.each([kms, iam, sts, tagging, cloudTrail])(
    'has the steps of $name in the order in which they run',
    (service) => {
      const steps = service.steps.map((step) => step.name).join(' → ');
      expect(architecture).toContain(`| \`${service.name}\` | ${steps} |`);
    },
  );

  it('names no file that is not there', () => {
    const named = [...architecture.matchAll(/`((?:src|native-setup|scripts|test)\/[^`<*]*?)`/g)];
    const paths = named.map(([, path = '']) => path);
    expect(paths.length).toBeGreaterThan(50);
    expect(paths.filter((path) => !existsSync(path))).toEqual([]);
  });
});

it('every step has a name of its own', () => {
  for (const { steps } of [kms, iam]) {
    const names = steps.map((step) => step.name);
    expect(names).not.toContain('');
    expect(new Set(names).size).toBe(names.length);
  }
});

it('services run the steps that they share in one order', () => {
  const order = (service: { readonly steps: readonly { readonly name: string }[] }) =>
    service.steps.map((step) => step.name.replace('authorizeIdentity', 'authorize'));
  const shared = order(kms).filter((name) => order(iam).includes(name));
  expect(shared).toEqual([
    'route',
    'requireFreshMemory',
    'authenticate',
    'decode',
    'authorize',
    'throttle',
    'requireTrail',
    'run',
  ]);
  expect(order(iam).filter((name) => shared.includes(name))).toEqual(shared);
});

it('an ARN is put together in one place', () => {
  const sources = readdirSync('src', { recursive: true, encoding: 'utf8' });
  const writing = sources.filter(
    (file) => file.endsWith('.ts') && readFileSync(`src/${file}`, 'utf8').includes('arn:${'),
  );
  expect(writing).toEqual(['kernel/arns.ts']);
});

it('the generated pages are what the code says', async () => {
  const run = promisify(execFile)(process.execPath, ['scripts/generate-docs.mjs', '--check']);
  expect((await run).stderr).toBe('');
});
