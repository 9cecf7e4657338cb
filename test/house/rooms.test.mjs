import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { faultsOf, readImports, readPlan } from '../../scripts/rooms/house.mjs';
import { pictureOf } from '../../scripts/rooms/picture.mjs';

const PLAN = {
  rooms: [
    { path: 'cellar', is: 'below', may: [] },
    { path: 'cellar/wine', is: 'a room in a room', may: ['cellar'] },
    { path: 'hall', is: 'in between', may: ['cellar'] },
    { path: 'main.ts', is: 'the door', may: ['*'] },
  ],
  outside: { garden: ['hall'] },
  packages: { 'node:fs': ['cellar'], pkcs11js: [] },
};

/** @type {string[]} */
const made = [];
afterAll(() => {
  for (const dir of made) rmSync(dir, { recursive: true });
});

/** The faults of a house with these files. @param {Record<string, string>} files by path */
function faultsIn(files) {
  const source = mkdtempSync(path.join(tmpdir(), 'strongroom-rooms-'));
  made.push(source);
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(path.join(source, path.dirname(file)), { recursive: true });
    writeFileSync(path.join(source, file), text);
  }
  return faultsOf(PLAN, readImports(source));
}

const HALL = 'export type Hall = 1;\nexport const hall = 1;\n';
const BACKWARD = ['cellar/a.ts imports hall/b.ts: cellar may not import hall'];

describe('what breaks the plan of the house', () => {
  it.each([
    ['a backward import', { 'cellar/a.ts': "import { hall } from '../hall/b.js';" }, BACKWARD],
    [
      'a backward import of a type',
      { 'cellar/a.ts': "import type { Hall } from '../hall/b.js';" },
      BACKWARD,
    ],
    [
      'a backward import of a type where it is used',
      { 'cellar/a.ts': "export type A = import('../hall/b.js').Hall;" },
      BACKWARD,
    ],
    ['a backward re-export', { 'cellar/a.ts': "export * from '../hall/b.js';" }, BACKWARD],
    ['a backward dynamic import', { 'cellar/a.ts': "await import('../hall/b.js');" }, BACKWARD],
    ['a backward import for its effect', { 'cellar/a.ts': "import '../hall/b.js';" }, BACKWARD],
    [
      'a room in a room, which its own room may not import',
      { 'cellar/a.ts': "import './wine/c.js';", 'cellar/wine/c.ts': '' },
      ['cellar/a.ts imports cellar/wine/c.ts: cellar may not import cellar/wine'],
    ],
    [
      'a circle, though its imports are of types',
      {
        'cellar/a.ts': "import type { B } from './b.js';",
        'cellar/b.ts': "import type { C } from './c.js';",
        'cellar/c.ts': "import type { A } from './a.js';",
      },
      ['circle: cellar/a.ts → cellar/b.ts → cellar/c.ts'],
    ],
    ['a file that imports itself', { 'cellar/a.ts': "import './a.js';" }, ['circle: cellar/a.ts']],
    ['a file in no room', { 'attic/a.ts': '' }, ['attic/a.ts is in no room']],
    [
      'a file that is not there',
      { 'cellar/a.ts': "import './gone.js';" },
      ['cellar/a.ts imports cellar/gone.ts: there is no such file'],
    ],
    [
      'a package of another room',
      { 'hall/a.ts': "import { readFileSync } from 'node:fs';" },
      ['hall/a.ts imports node:fs: only cellar may'],
    ],
    [
      'a package of nobody',
      { 'cellar/a.ts': "import 'pkcs11js';" },
      ['cellar/a.ts imports pkcs11js: only nobody may'],
    ],
    [
      'a folder beside the sources',
      { 'cellar/a.ts': "import '../../garden/x.js';" },
      ['cellar/a.ts imports ../garden/x.ts: cellar may not'],
    ],
  ])('%s', (_what, files, faults) => {
    expect(faultsIn({ 'hall/b.ts': HALL, ...files })).toEqual(faults);
  });

  it('is not a forward import, a package that any room may have, or what stands in a string', () => {
    const files = {
      'cellar/a.ts': "import fs from 'node:fs';\nexport const text = \"import '../hall/b.js'\";",
      'cellar/wine/c.ts': "import { text } from '../a.js';",
      'hall/b.ts':
        "import type { text } from '../cellar/a.js';\nimport x from '../../garden/x.js';",
      'main.ts': "import './hall/b.js';\nimport { isMap } from 'node:util/types';",
    };
    expect(faultsIn(files)).toEqual([]);
  });

  it('is a plan that lets a room import one that is not named before it', () => {
    const rooms = [
      { path: 'cellar', is: 'below', may: ['hall'] },
      { path: 'hall', is: 'above', may: [] },
    ];
    expect(faultsOf({ ...PLAN, rooms }, new Map())).toEqual([
      'the plan lets cellar import hall, which is not named before it',
    ]);
  });
});

it('the house keeps to its plan', () => {
  const source = path.resolve('src');
  const imports = readImports(source);
  expect(imports.size).toBeGreaterThan(100);
  expect(faultsOf(readPlan(source), imports)).toEqual([]);
});

it('the picture has every room, and no arrow that others make up', () => {
  expect(pictureOf(PLAN).split('\n')).toEqual([
    'flowchart TD',
    '  main_ts["main.ts"]',
    '  hall["hall"]',
    '  cellar_wine["cellar/wine"]',
    '  cellar["cellar"]',
    '  main_ts --> hall',
    '  main_ts --> cellar_wine',
    '  hall --> cellar',
    '  cellar_wine --> cellar',
  ]);
});

it('tests share what is in test/support, and nothing else', () => {
  const folderOf = (/** @type {string} */ file) => file.split('/')[0];
  const crossing = [...readImports('test')].flatMap(([file, targets]) =>
    targets
      .filter((target) => target.endsWith('.ts') && !target.startsWith('../'))
      .filter((target) => ![folderOf(file), 'support'].includes(folderOf(target)))
      .map((target) => `${file} imports ${target}`),
  );
  expect(crossing).toEqual([]);
});
