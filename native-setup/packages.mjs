/**
 * The Debian packages that Strongroom needs, and how to see that each is there. It runs before
 * `npm ci`, so it uses nothing but Node.
 */
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import path from 'node:path';

/** What a package is needed for: running the server, building it, testing it, `npm run test:tokens`. */
export const PURPOSES = ['run', 'build', 'test', 'tokens'];

/**
 * One row a package. `file` or `command` is what shows that it is there, whoever put it there.
 * `optional` marks one that some releases don't carry; the tests that want it then say so.
 */
export const PACKAGES = [
  { name: 'softhsm2', purpose: 'run', file: '/usr/lib/softhsm/libsofthsm2.so' },
  { name: 'g++', purpose: 'build', command: 'g++' },
  { name: 'make', purpose: 'build', command: 'make' },
  { name: 'python3', purpose: 'build', command: 'python3' },
  { name: 'gcc', purpose: 'test', command: 'gcc' },
  { name: 'libp11-kit-dev', purpose: 'test', file: '/usr/include/p11-kit-1/p11-kit/pkcs11.h' },
  { name: 'opensc', purpose: 'test', command: 'pkcs11-tool' },
  { name: 'openssl', purpose: 'test', command: 'openssl' },
  { name: 'libnss3-tools', purpose: 'test', command: 'certutil' },
  { name: 'util-linux', purpose: 'test', command: 'prlimit' },
  { name: 'postgresql', purpose: 'test', command: 'pg_createcluster' },
  { name: 'p11-kit', purpose: 'test', command: 'p11-kit' },
  { name: 'opencryptoki', purpose: 'tokens', file: '/usr/sbin/pkcsslotd' },
  { name: 'libclang-dev', purpose: 'tokens', file: '/usr/share/doc/libclang-dev' },
  { name: 'libsqlite3-dev', purpose: 'tokens', file: '/usr/include/sqlite3.h' },
  // perl-base, which every Debian has, lacks the modules by which OpenSSL is configured.
  { name: 'perl', purpose: 'tokens', command: 'pod2man' },
  { name: 'pkg-config', purpose: 'tokens', command: 'pkg-config' },
  { name: 'awscli', purpose: 'test', file: '/usr/bin/aws', optional: true },
];

/** Set-up can't go on. The message says what the person at the terminal can do about it. */
export class SetupRefusal extends Error {
  name = 'SetupRefusal';
}

/** The machine as `ensurePackages` sees and changes it; tests hand in another. */
export const thisMachine = {
  fileExists: existsSync,
  commandExists: (command) =>
    (process.env.PATH ?? '').split(path.delimiter).some((directory) => {
      try {
        accessSync(path.join(directory, command), constants.X_OK);
        return true;
      } catch {
        return false;
      }
    }),
  isRoot: () => process.getuid?.() === 0,
  isInteractive: () => process.stdin.isTTY === true,
  /** Runs a program to its end and tells whether it succeeded. */
  run: (program, args, { quiet = false } = {}) =>
    spawnSync(program, args, { stdio: quiet ? 'ignore' : ['inherit', 'inherit', 'inherit'] })
      .status === 0,
};

/** The rows of the table that serve these purposes and are not on the machine. */
export function missingPackages(purposes, machine = thisMachine) {
  return PACKAGES.filter(
    (row) =>
      purposes.includes(row.purpose) &&
      !(row.file === undefined ? machine.commandExists(row.command) : machine.fileExists(row.file)),
  );
}

/**
 * Installs the packages that are missing. It does nothing, and runs nothing, when all are there.
 * @param {string[]} purposes of PURPOSES
 * @param {(line: string) => void} log told what is done
 * @throws {SetupRefusal} naming packages and command when they can't be installed from here.
 */
export function ensurePackages(purposes, log, machine = thisMachine) {
  const missing = missingPackages(purposes, machine);
  if (missing.length === 0) {
    return;
  }
  const prefix = administratorPrefix(machine);
  if (prefix === undefined) {
    stopUnlessOptional(missing, 'this process may not install packages', log);
    return;
  }
  log(`installing Debian packages: ${names(missing)}`);
  const aptGet = (...args) => {
    const [program, ...rest] = [
      ...prefix,
      ...['env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', '-o', 'DPkg::Lock::Timeout=120'],
      ...args,
    ];
    return machine.run(program, rest);
  };
  if (!aptGet('update', '-q')) {
    log('apt-get update did not succeed; trying with the package lists that are here');
  }
  const wanted = missing.filter((row) => row.optional !== true || isInArchive(row, machine));
  if (wanted.length > 0) {
    aptGet('install', '-y', '-q', '--no-install-recommends', ...wanted.map((row) => row.name));
  }
  stopUnlessOptional(missingPackages(purposes, machine), 'apt-get did not install them', log);
}

/** How to run a program as the administrator; undefined when there is no way to. */
function administratorPrefix(machine) {
  if (!machine.commandExists('apt-get')) {
    return undefined;
  }
  if (machine.isRoot()) {
    return [];
  }
  if (!machine.commandExists('sudo')) {
    return undefined;
  }
  if (machine.run('sudo', ['-n', 'true'], { quiet: true })) {
    return ['sudo', '-n'];
  }
  return machine.isInteractive() ? ['sudo'] : undefined;
}

function isInArchive(row, machine) {
  return machine.run('apt-cache', ['show', '--no-all-versions', row.name], { quiet: true });
}

function stopUnlessOptional(missing, cause, log) {
  const required = missing.filter((row) => row.optional !== true);
  if (required.length > 0) {
    throw new SetupRefusal(
      `missing Debian packages: ${names(missing)} (${cause}). ` +
        `Install them with: sudo apt-get update && sudo apt-get install ${names(missing)}. ` +
        'On another system, install what they bring: ' +
        `${required.map((row) => row.file ?? row.command).join(', ')}.`,
    );
  }
  if (missing.length > 0) {
    log(`going on without ${names(missing)} (${cause}); tests that need it will say so`);
  }
}

function names(rows) {
  return rows.map((row) => row.name).join(' ');
}
