/**
 * Completes package-lock.json after `npm install` on a registry mirror that lacks the optional
 * packages of foreign platforms: npm then leaves them out of the lock file and `npm ci` refuses it.
 * The entries added here are never fetched on a platform they are not for, so they carry no hash.
 */
import { readFileSync, writeFileSync } from 'node:fs';

const LOCK = new URL('../package-lock.json', import.meta.url);
const SYSTEMS = 'aix android darwin freebsd linux netbsd openbsd openharmony sunos win32'.split(
  ' ',
);
const PROCESSORS = 'arm64 x64 arm ia32 loong64 ppc64 riscv64 s390x'.split(' ');

const lock = JSON.parse(readFileSync(LOCK, 'utf8'));
const known = new Set(Object.keys(lock.packages).map((path) => path.split('node_modules/').at(-1)));
for (const parent of Object.values(lock.packages)) {
  for (const [name, version] of Object.entries(parent.optionalDependencies ?? {})) {
    if (known.has(name)) continue;
    known.add(name);
    lock.packages[`node_modules/${name}`] = foreignPackage(name, version, parent);
  }
}
const sorted = Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1));
lock.packages = Object.fromEntries(sorted);
writeFileSync(LOCK, `${JSON.stringify(lock, null, 2)}\n`);

function foreignPackage(name, version, parent) {
  const words = name.split('/').at(-1).split('-');
  const system = words.find((word) => SYSTEMS.includes(word));
  const processor = words.find((word) => PROCESSORS.includes(word));
  if (!system || !processor) throw new Error(`${name} does not say which platform it is for`);
  return {
    version,
    cpu: [processor],
    ...(parent.dev && { dev: true }),
    ...(parent.license && { license: parent.license }),
    optional: true,
    os: [system],
    ...(words.includes('musl') && { libc: ['musl'] }),
  };
}
