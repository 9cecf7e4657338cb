import { chmodSync, existsSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { MakeTokensRequest, TokenOutcome, TokenRequest } from '../token-request.js';
import { decide, type TokenDecision } from './cases.js';
import { softHsmConfiguration, writeConfiguration } from './configuration.js';
import {
  makePrivateDirectory,
  moveDirectoryDurably,
  readFileIfPresent,
  writeFileDurably,
} from './durable-file.js';
import { ROOT_TOKEN_ID, type SoftHsmLayout, softHsmLayout, tokenFiles } from './layout.js';
import { type FoundToken, SoftHsmLibrary } from './library.js';
import { withExclusiveLock } from './lock.js';
import { randomPin, readPin } from './pin.js';
import { TokenSetupRefusal } from './refusal.js';
import { makeTrustAnchor } from './trust-anchor.js';

/** The points between which a killed run may stop. */
export type SetupStep =
  | 'locked'
  | 'configured'
  | 'SO PIN written'
  | 'PIN written'
  | 'staged'
  | 'in place'
  | 'trust anchor written'
  | 'serial recorded';

/** Told of each step once it lasts. */
export type StepListener = (step: SetupStep, tokenId?: string) => void;

const LOCK_WAIT_MS = 60_000;

/**
 * Brings a data directory to hold all the tokens asked for, each complete with its files. All are
 * judged before any is made, so a refusal changes nothing but SoftHSM's configuration. A run that
 * was killed anywhere is completed by the next. A token in place is never initialised again.
 * @throws {TokenSetupRefusal} for each `refuse` of the table in cases.ts.
 */
export async function ensureTokens(
  dataDir: string,
  request: MakeTokensRequest,
  onStep: StepListener,
): Promise<TokenOutcome[]> {
  const layout = softHsmLayout(dataDir);
  makePrivateDirectory(layout.dataDir);
  makePrivateDirectory(layout.tokensDir);
  chmodSync(layout.softHsmDir, 0o700);
  return await withExclusiveLock(layout.lockFile, LOCK_WAIT_MS, async () => {
    onStep('locked');
    return new TokenSetup(layout, new SoftHsmLibrary(request.library), onStep).run(request);
  });
}

class TokenSetup {
  readonly #layout: SoftHsmLayout;
  readonly #library: SoftHsmLibrary;
  readonly #onStep: StepListener;

  constructor(layout: SoftHsmLayout, library: SoftHsmLibrary, onStep: StepListener) {
    this.#layout = layout;
    this.#library = library;
    this.#onStep = onStep;
  }

  run(request: MakeTokensRequest): TokenOutcome[] {
    rmSync(this.#layout.stagingDir, { recursive: true, force: true });
    writeConfiguration(this.#layout);
    this.#onStep('configured');
    const database = request.databaseExists || existsSync(this.#layout.databaseFile);
    const found = this.#library.listTokens(this.#layout.configurationFile);
    const judged = request.tokens.map((token) => ({
      token,
      action: this.#judge(token, found, database).action,
    }));
    return judged.map(({ token, action }) => {
      if (action === 'make') {
        this.#make(token.id);
      }
      if (action === 'leave alone') {
        return { id: token.id, outcome: 'left alone' };
      }
      this.#complete(token);
      return { id: token.id, outcome: action === 'make' ? 'made' : 'kept' };
    });
  }

  #judge({ id }: TokenRequest, found: readonly FoundToken[], database: boolean): TokenDecision {
    const files = tokenFiles(this.#layout, id);
    const bearers = found.filter(({ label }) => label === id);
    const recorded = readFileIfPresent(files.serial);
    const pin = readPin(files.pin);
    const decision = decide({
      token: bearers.length === 0 ? 'none' : bearers.length === 1 ? 'one' : 'several',
      userPin: bearers[0]?.userPinSet === true ? 'set' : 'unset',
      pinFile: pin === undefined ? 'missing' : 'present',
      serial:
        recorded === undefined ? 'unrecorded' : recorded === bearers[0]?.serial ? 'same' : 'other',
      database: database ? 'present' : 'absent',
      role: id === ROOT_TOKEN_ID ? 'root' : 'cluster',
    });
    if (decision.action === 'refuse') {
      throw new TokenSetupRefusal(`token ${id} in ${this.#layout.tokensDir}: ${decision.reason}.`);
    }
    // Logging in makes SoftHSM write to the token, so a token once found right is left in peace.
    if (decision.action === 'keep' && recorded === undefined && pin !== undefined) {
      this.#checkPin(id, pin);
    }
    return decision;
  }

  /**
   * Makes the token whole in a staging directory, then moves it into place in one rename: a token
   * that others can see has both its PINs, and a killed run leaves only files nobody used yet.
   */
  #make(id: string): void {
    const files = tokenFiles(this.#layout, id);
    const soPin = this.#storedPin(files.soPin);
    this.#onStep('SO PIN written', id);
    const pin = this.#storedPin(files.pin);
    this.#onStep('PIN written', id);

    const { stagingDir, tokensDir } = this.#layout;
    const stagedTokensDir = path.join(stagingDir, 'tokens');
    const stagedConfiguration = path.join(stagingDir, 'softhsm2.conf');
    makePrivateDirectory(stagedTokensDir);
    writeFileDurably(stagedConfiguration, softHsmConfiguration(stagedTokensDir));
    this.#library.makeToken(stagedConfiguration, id, soPin, pin);
    this.#onStep('staged', id);

    for (const name of readdirSync(stagedTokensDir)) {
      moveDirectoryDurably(path.join(stagedTokensDir, name), path.join(tokensDir, name));
    }
    this.#onStep('in place', id);
    rmSync(stagingDir, { recursive: true, force: true });
    this.#checkPin(id, pin);
  }

  #complete({ id, trustAnchor }: TokenRequest): void {
    const files = tokenFiles(this.#layout, id);
    if (trustAnchor === true && !existsSync(files.trustAnchor)) {
      writeFileDurably(files.trustAnchor, makeTrustAnchor(id, new Date()));
      this.#onStep('trust anchor written', id);
    }
    if (!existsSync(files.serial)) {
      writeFileDurably(files.serial, this.#serialOf(id));
      this.#onStep('serial recorded', id);
    }
  }

  #storedPin(file: string): string {
    const present = readPin(file);
    if (present !== undefined) {
      return present;
    }
    const pin = randomPin();
    writeFileDurably(file, pin);
    return pin;
  }

  #checkPin(id: string, pin: string): void {
    if (!this.#library.acceptsPin(this.#layout.configurationFile, id, pin)) {
      const file = tokenFiles(this.#layout, id).pin;
      throw new TokenSetupRefusal(`the PIN in ${file} does not open the token ${id}.`);
    }
  }

  #serialOf(id: string): string {
    const tokens = this.#library.listTokens(this.#layout.configurationFile);
    const token = tokens.find(({ label }) => label === id);
    if (token === undefined) {
      throw new Error(`SoftHSM does not show the token ${id}`);
    }
    return token.serial;
  }
}
