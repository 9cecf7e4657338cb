import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { fileKey, memberAt } from '../../src/config/find-written.js';
import { loadConfig } from '../../src/config/load-config.js';
import { settings, tokenSettings } from '../../src/config/settings.js';

const path = join(import.meta.dirname, '../../strongroom.example.yaml');
const options = { env: {}, cwd: tmpdir(), exists: () => true };

/** The example with the settings that it leaves switched off. */
function switchedOn(): unknown {
  const text = readFileSync(path, 'utf8').replace(/^( *)#(?=\S| {2})/gm, '$1');
  return parse(text, { schema: 'failsafe' });
}

it('the example says what the defaults are', () => {
  expect(JSON.stringify(loadConfig({ ...options, argvConfigPath: path }))).toBe(
    JSON.stringify(loadConfig(options)),
  );
});

it('the example names every setting, and every default where it has one', () => {
  const example = switchedOn();
  for (const { name, path: place, shape } of settings) {
    const written = memberAt(example, place);
    expect(written, name).toBeDefined();
    if (shape.default === undefined || String(shape.default).includes('<dataDir>')) continue;
    expect(String(written), name).toBe(String(shape.default));
  }
});

it('the example names every member of a token and every file for a secret', () => {
  const example = switchedOn();
  const token = memberAt(example, ['tokens', '0']);
  const secrets = settings.filter(({ shape }) => shape.secret);
  for (const { name } of tokenSettings) expect(token).toHaveProperty(name);
  for (const setting of secrets) expect(example).toHaveProperty(fileKey(setting));
});
