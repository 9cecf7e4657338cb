/** What is known of tokens' proofs for their keys. None can be had through PKCS#11's own functions. */
import type { KeyReports } from '../../token-host/protocol/key-report.js';
import type { Attestation } from '../contract/attestation.js';
import { StoreError } from '../contract/store-error.js';

interface ProofRow {
  /** Of CK_TOKEN_INFO. */
  readonly manufacturer: RegExp;
  readonly note: string;
}

/** By what the makers say of these HSMs (docs/key-life.md, with sources): none could be tried. */
const PROOFS: readonly ProofRow[] = [
  {
    manufacturer: /softhsm/i,
    note: 'Nothing proves where this key is: SoftHSM is software, and keeps its keys in files.',
  },
  {
    manufacturer: /mozilla|nss/i,
    note: 'Nothing proves where this key is: NSS is software, and keeps its keys in files.',
  },
  {
    manufacturer: /safenet|thales|gemalto|chrysalis/i,
    note: 'Nothing that Strongroom can ask for proves where this key is. A Luna HSM makes a public key confirmation for a pair that it generated; its library has that as a function of its own, beside those of PKCS#11. Its tool makes one: cmu getpkc.',
  },
  {
    manufacturer: /ncipher|entrust/i,
    note: 'Nothing that Strongroom can ask for proves where this key is. An nShield HSM certifies a pair that it generated, up to a warrant of its maker; that is told by its own tool, and by no function of PKCS#11: nfkmattest bundle.',
  },
  {
    manufacturer: /yubico/i,
    note: 'Nothing that Strongroom can ask for proves where this key is. A YubiHSM 2 signs an attestation certificate for an asymmetric key that it generated; that is a command of the device, and no function of PKCS#11. Its tool yubihsm-shell has it.',
  },
  {
    manufacturer: /cavium|marvell|cloudhsm|amazon/i,
    note: "Nothing that Strongroom can ask for proves where this key is. AWS CloudHSM's HSMs sign attestations of their keys; that is a function of its own tools, and none of PKCS#11.",
  },
];

const UNKNOWN =
  'Nothing that Strongroom can ask for proves where this key is: PKCS#11 has no function for it, and what the maker of this token has of its own is not known here.';

/** Of material that isn't in the token but while it is used: there is no object to ask about. */
export const WRAPPED_ATTESTATION: Attestation = {
  proof: {
    kind: 'none',
    note: 'Nothing proves where this key is: it is kept in the database, wrapped by a key of the token, and is in the token while it is used.',
  },
  claims: undefined,
};

/** @throws StoreError missing unless the token has the one key */
export function attestationOf({ token, keys }: KeyReports): Attestation {
  const [key] = keys;
  if (!key || keys.length > 1) throw new StoreError('missing');
  const { sensitive, extractable, alwaysSensitive, neverExtractable, local } = key.truths;
  const { manufacturer, model, serial, firmware } = token;
  const row = PROOFS.find((each) => each.manufacturer.test(manufacturer));
  return {
    proof: { kind: 'none', note: row?.note ?? UNKNOWN },
    claims: {
      ...{ sensitive, extractable, alwaysSensitive, neverExtractable, local },
      keyGenMechanism: key.keyGenMechanism,
      token: { manufacturer, model, serial, firmware },
    },
  };
}
