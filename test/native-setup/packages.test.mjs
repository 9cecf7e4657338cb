import { describe, expect, it } from 'vitest';
import {
  ensurePackages,
  missingPackages,
  PACKAGES,
  PURPOSES,
  SetupRefusal,
} from '../../native-setup/packages.mjs';
import { SOFTHSM_LIBRARY } from '../../native-setup/softhsm/layout.ts';

/** A machine with these commands and files, that notes what is run and may install packages. */
function machine({
  commands = [],
  files = [],
  root = false,
  interactive = false,
  sudo = false,
  carries = [],
}) {
  const ran = [];
  return {
    ran,
    fileExists: (file) => files.includes(file),
    commandExists: (command) => commands.includes(command),
    isRoot: () => root,
    isInteractive: () => interactive,
    run: (program, args) => {
      const line = [program, ...args].join(' ');
      ran.push(line);
      if (program === 'sudo' && args.join(' ') === '-n true') {
        return sudo;
      }
      if (program === 'apt-cache') {
        return carries.includes(args.at(-1));
      }
      for (const row of PACKAGES) {
        if (line.includes(' install ') && args.includes(row.name) && carries.includes(row.name)) {
          (row.file === undefined ? commands : files).push(row.file ?? row.command);
        }
      }
      return true;
    },
  };
}

const ALL_NAMES = PACKAGES.map((row) => row.name);
const quiet = () => undefined;

describe('the table', () => {
  it('finds nothing missing on a machine that runs these tests', () => {
    expect(missingPackages(PURPOSES.filter((purpose) => purpose !== 'tokens'))).toEqual([]);
  });

  it('says of each package how it shows', () => {
    for (const row of PACKAGES) {
      expect(PURPOSES).toContain(row.purpose);
      expect(row.file ?? row.command).toEqual(expect.any(String));
    }
  });

  it('looks for the library that token set-up loads', () => {
    expect(PACKAGES.find((row) => row.name === 'softhsm2').file).toBe(SOFTHSM_LIBRARY);
  });

  it('names only what serves the purpose', () => {
    const bare = machine({});
    expect(missingPackages(['run'], bare).map((row) => row.name)).toEqual(['softhsm2']);
    expect(missingPackages(PURPOSES, bare)).toEqual(PACKAGES);
  });
});

describe('ensurePackages', () => {
  it('runs nothing when nothing is missing', () => {
    const full = machine({
      commands: PACKAGES.map((row) => row.command),
      files: PACKAGES.map((row) => row.file),
    });
    ensurePackages(PURPOSES, quiet, full);
    expect(full.ran).toEqual([]);
  });

  it.each([
    ['as root', { root: true }, 'env '],
    ['by sudo that asks nothing', { sudo: true, commands: ['sudo'] }, 'sudo -n env '],
    ['by sudo at a terminal', { interactive: true, commands: ['sudo'] }, 'sudo env '],
  ])('installs %s', (_, { commands = [], ...rest }, prefix) => {
    const lines = [];
    const bare = machine({ ...rest, commands: ['apt-get', ...commands], carries: [...ALL_NAMES] });
    ensurePackages(['run', 'build'], (line) => lines.push(line), bare);
    const aptGet = bare.ran.filter((line) => line.includes('apt-get'));
    expect(aptGet).toHaveLength(2);
    expect(aptGet.every((line) => line.startsWith(`${prefix}DEBIAN_FRONTEND=noninteractive`))).toBe(
      true,
    );
    expect(aptGet[0]).toContain(' update');
    expect(aptGet[1]).toMatch(/ install .*softhsm2 g\+\+ make python3$/);
    expect(lines).toEqual(['installing Debian packages: softhsm2 g++ make python3']);
  });

  it.each([
    ['there is no apt-get', { root: true }],
    ['there is no sudo', { commands: ['apt-get'] }],
    ['sudo would ask and nobody is there', { commands: ['apt-get', 'sudo'] }],
    ['the archive does not carry them', { commands: ['apt-get'], root: true }],
  ])('names packages and command when %s', (_, options) => {
    const refused = () => ensurePackages(['run', 'build'], quiet, machine(options));
    expect(refused).toThrow(SetupRefusal);
    expect(refused).toThrow(/sudo apt-get install softhsm2 g\+\+ make python3\./);
  });

  it('goes on without an optional package that a release does not carry', () => {
    const lines = [];
    const carries = ALL_NAMES.filter((name) => name !== 'awscli');
    const ubuntu = machine({ commands: ['apt-get'], root: true, carries });
    ensurePackages(PURPOSES, (line) => lines.push(line), ubuntu);
    expect(lines.at(-1)).toMatch(/^going on without awscli/);
    expect(ubuntu.ran.filter((line) => /install .*awscli/.test(line))).toEqual([]);
  });
});
