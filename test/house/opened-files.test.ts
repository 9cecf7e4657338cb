/** Which files the server opens, and how: nothing of it opens a file that isn't in this table. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';

/** By source file, the functions with which it opens files, and which files these are. */
const OPENED: Readonly<
  Record<string, { readonly with: readonly string[]; readonly what: string }>
> = {
  'src/db/private-files.ts': {
    with: ['open'],
    what: 'what the server keeps itself: owner, mode, no link',
  },
  'src/kernel/foreign-files.ts': {
    with: ['openSync', 'readFileSync'],
    what: 'secrets that settings name: owner, mode; links are followed',
  },
  'src/services/iam/credentials/shared-credentials.ts': {
    with: ['open'],
    what: 'a temporary file of a random name, which must not be there, in the data directory',
  },
  'src/config/yaml-source.ts': {
    with: ['readFileSync'],
    what: 'strongroom.yaml, which has no secret to keep',
  },
  'src/services/kms/stores/kinds/trust-anchor.ts': {
    with: ['readFile'],
    what: 'a certificate, which is public',
  },
  'src/protocols/http/certificate.ts': {
    with: ['readFile'],
    what: 'the certificate of TLS, which is public',
  },
  'src/token-host/client/run-queue.ts': {
    with: ['readFileSync'],
    what: 'what the kernel says of a process of ours',
  },
  'src/app/token/pin-files.ts': {
    with: ['open'],
    what: 'the new file of a PIN that is made, which must not be there',
  },
  'src/backup/backup-file.ts': {
    with: ['open'],
    what: 'a backup, which is encrypted, authenticated and of a name that the operator gives',
  },
  'src/audit/reading/lines.ts': {
    with: ['createReadStream'],
    what: "records of a trail, also of a copy that is another's: signatures tell what they are worth",
  },
  'src/audit/chain/digest-files.ts': {
    with: ['readFile'],
    what: 'digests, as records',
  },
  'src/app/client/shared-files.ts': {
    with: ['readFile'],
    what: "AWS's shared files of whoever runs a command, as every SDK reads them; not the server",
  },
  'src/cli/policy/set.ts': {
    with: ['readFile'],
    what: 'the policy that a command names; not the server',
  },
  'src/main.ts': { with: ['readFileSync'], what: "the program's own package.json" },
};

/** What opens a file for its octets, or makes one. */
const OPENING =
  /^(open|openSync|openAsBlob|readFile|readFileSync|writeFile|writeFileSync|appendFile|appendFileSync|createReadStream|createWriteStream|copyFile|copyFileSync|cp|cpSync|promises)$/;
const IMPORT = /import\s+([^;]*?)\s+from\s+'(?:node:)?fs(?:\/promises)?'/g;

/** Names that a source imports of node:fs; all of them by one name is taken for a fault. */
function openingIn(source: string): string[] {
  return [...source.matchAll(IMPORT)].flatMap(([, names = '']) => {
    if (!names.startsWith('{')) return names.startsWith('type ') ? [] : [names];
    const each = names.replaceAll(/[{}\n]/g, ' ').split(',');
    return each
      .map((name) => name.trim().split(' as ')[0] ?? '')
      .filter((name) => OPENING.test(name));
  });
}

it('knows every way in', () => {
  const source = `import { constants, open as a, type Stats } from 'node:fs/promises';\nimport * as fs from 'fs';`;
  expect(openingIn(source)).toEqual(['open', '* as fs']);
});

it('has every source that opens files, with how, and no other', async () => {
  const found: Record<string, string[]> = {};
  const names = await readdir('src', { recursive: true });
  for (const file of names
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join('src', name))) {
    const source = await readFile(file, 'utf8');
    expect(source, file).not.toMatch(/(require|import|getBuiltinModule)\('(node:)?fs/);
    const opening = openingIn(source);
    if (opening.length > 0) found[file] = opening.toSorted();
  }
  expect(found).toEqual(
    Object.fromEntries(Object.entries(OPENED).map(([file, { with: names }]) => [file, names])),
  );
});
