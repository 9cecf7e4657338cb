import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { SetupRefusal } from '../../native-setup/packages.mjs';
import { runChild } from './child.mjs';
import { contentDigest, isStamped, writeStamp } from './stamp.mjs';

/** Addons that nothing works without. */
const NATIVE_ADDONS = ['sqlite3', 'pkcs11js'];

/** What `npm start` hands down that belongs to that one npm command and would bend `npm ci`. */
const OUTER_NPM = /^npm_(package_|lifecycle_|command$|config_(local_prefix|global|dry_run|omit)$)/;

/**
 * Installs the dependencies exactly as locked, when they are missing or were installed from
 * another lock file or for another Node. Native addons are compiled here, never downloaded.
 * @throws {SetupRefusal} when npm fails or an addon does not load.
 */
export async function ensureDependencies(repository, log) {
  const stampFile = path.join(repository, 'node_modules', '.strongroom-installed');
  const stamp = [
    contentDigest(path.join(repository, 'package-lock.json')),
    process.version,
    process.platform,
    process.arch,
  ].join(' ');
  if (isStamped(stampFile, stamp)) {
    return;
  }
  log('installing npm dependencies (this compiles native addons and takes some minutes)');
  const args = ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'];
  const environment = npmEnvironment(process.env, nodeHeaders());
  const [program, ...first] = npmProgram(process.env);
  const code = await runChild(program, [...first, ...args], { cwd: repository, env: environment });
  if (code !== 0) {
    throw new SetupRefusal(`npm ci failed (exit code ${code}).`);
  }
  await checkAddons(repository);
  writeStamp(stampFile, stamp);
}

/** The environment for `npm ci`, from that of this process. */
export function npmEnvironment(environment, headers) {
  const kept = Object.entries(environment).filter(([name]) => !OUTER_NPM.test(name));
  return {
    ...(headers === undefined ? {} : { npm_config_nodedir: headers }),
    ...Object.fromEntries(kept),
    npm_config_build_from_source: 'true',
    // npm and the build scripts must find this Node, not another one on the path.
    PATH: [path.dirname(process.execPath), environment.PATH].filter(Boolean).join(path.delimiter),
  };
}

/**
 * The directory whose include/node holds the headers of the Node that runs this, so that node-gyp
 * does not fetch them; undefined when there are none, or only those of another version.
 */
export function nodeHeaders(
  candidates = [path.resolve(path.dirname(process.execPath), '..'), '/usr/local', '/usr'],
) {
  const [major, minor] = process.versions.node.split('.');
  return candidates.find((directory) => {
    const header = path.join(directory, 'include', 'node', 'node_version.h');
    if (!existsSync(header)) {
      return false;
    }
    const text = readFileSync(header, 'utf8');
    return (
      new RegExp(`^#define NODE_MAJOR_VERSION ${major}$`, 'm').test(text) &&
      new RegExp(`^#define NODE_MINOR_VERSION ${minor}$`, 'm').test(text)
    );
  });
}

/** npm: the one that runs this, or the one on the path. @returns {string[]} a program and its first arguments */
export function npmProgram(environment) {
  const cli = environment.npm_execpath;
  return cli !== undefined && path.basename(cli) === 'npm-cli.js'
    ? [process.execPath, cli]
    : ['npm'];
}

async function checkAddons(repository) {
  for (const addon of NATIVE_ADDONS) {
    const code = await runChild(process.execPath, ['-e', `require('${addon}')`], {
      cwd: repository,
    });
    if (code !== 0) {
      throw new SetupRefusal(
        `the native addon ${addon} does not load. Were npm's install scripts switched off ` +
          '(ignore-scripts)? They compile it.',
      );
    }
  }
}
