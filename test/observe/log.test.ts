import { expect, it } from 'vitest';
import { makeLog } from '../../src/observe/log.js';

function collect() {
  const lines: Record<string, unknown>[] = [];
  const destination = { write: (line: string) => void lines.push(JSON.parse(line)) };
  return { lines, destination };
}

it('writes one JSON object a line, from its level upwards', () => {
  const { lines, destination } = collect();
  const log = makeLog({ level: 'warn', destination });
  log.info({}, 'unseen');
  log.warn({ file: 'x' }, 'seen');
  log.error({ err: new TypeError('broken') }, 'seen too');
  expect(lines).toMatchObject([
    { level: 40, file: 'x', msg: 'seen', time: expect.stringMatching(/^\d{4}-.*Z$/) },
    { level: 50, msg: 'seen too', err: { type: 'TypeError', message: 'broken' } },
  ]);
});

it.each([
  'pin',
  'password',
  'secretAccessKey',
  'rootSecretAccessKey',
  'KeyStorePassword',
  'RawSecretAccessKey',
  'Plaintext',
  'plaintext',
  'authorization',
  'x-amz-security-token',
])('censors %s down to three levels', (name) => {
  const { lines, destination } = collect();
  const log = makeLog({ level: 'info', destination });
  log.info({ [name]: 'hunter2', a: { [name]: 'hunter2', b: { [name]: 'hunter2' } } }, 'x');
  log.error({ err: Object.assign(new Error('x'), { [name]: 'hunter2' }) }, 'x');
  expect(JSON.stringify(lines)).not.toContain('hunter2');
  expect(lines[0]).toMatchObject({ a: { b: { [name]: '[secret]' } } });
});
