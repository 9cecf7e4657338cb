/**
 * Loaded into the servers of a test run (`node --require`), and into their worker threads: RSA pairs that
 * a server makes are made once a run and used by all its servers, since their primes were an eighth of
 * the CPU time of all tests. The first servers to ask make them, with their own arguments and by
 * OpenSSL; whoever asks with the same arguments later gets those. A server that has had all of them makes
 * new ones.
 */
'use strict';

const crypto = require('node:crypto');
const { linkSync, openSync, closeSync, readFileSync, rmSync, writeFileSync } = require('node:fs');
const { syncBuiltinESMExports } = require('node:module');
const path = require('node:path');
const { threadId } = require('node:worker_threads');

/** Where the pairs are kept: files that end with the run. */
const DIRECTORY = process.env.READY_PAIRS;

/** How many different ones there are, by bits; of other sizes each is a new one. */
const PAIRS = { 2048: 96, 3072: 8, 4096: 8 };

const generate = crypto.generateKeyPairSync;
const turns = new Map();

crypto.generateKeyPairSync = (type, options) => {
  const count = type === 'rsa' ? PAIRS[options.modulusLength] : undefined;
  const inOctets = ['privateKeyEncoding', 'publicKeyEncoding'].every(
    (name) => options?.[name]?.format === 'der',
  );
  if (count === undefined || !inOctets) return generate(type, options);
  const sort = crypto.createHash('sha256').update(JSON.stringify(options)).digest('hex');
  const asked = turn(sort);
  // Two keys of one server are never the same.
  if (asked >= count) return generate(type, options);
  // Servers begin in different places.
  const file = path.join(DIRECTORY, `${sort}-${(process.pid + asked) % count}`);
  return read(file) ?? make(file, type, options);
};
syncBuiltinESMExports();

/** How often the process has asked before: 0, 1, and so on, in whichever of its threads. */
function turn(sort) {
  for (let next = turns.get(sort) ?? 0; ; next += 1) {
    turns.set(sort, next + 1);
    try {
      closeSync(openSync(path.join(DIRECTORY, `${sort}-${process.pid}-turn-${next}`), 'wx'));
      return next;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
  }
}

function read(file) {
  try {
    const { privateKey, publicKey } = JSON.parse(readFileSync(file, 'utf8'));
    return {
      privateKey: Buffer.from(privateKey, 'base64'),
      publicKey: Buffer.from(publicKey, 'base64'),
    };
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
    return undefined;
  }
}

function make(file, type, options) {
  const made = generate(type, options);
  const draft = `${file}-${process.pid}-${threadId}`;
  const text = Object.entries(made).map(([name, octets]) => [name, octets.toString('base64')]);
  writeFileSync(draft, JSON.stringify(Object.fromEntries(text)), { mode: 0o600 });
  try {
    linkSync(draft, file);
  } catch (error) {
    // Another server was quicker; both pairs are good.
    if (error.code !== 'EEXIST') throw error;
  }
  rmSync(draft);
  return made;
}
