/**
 * ML-DSA in a token, without a line of the server's: a process of its own, since a PKCS#11 library stays
 * in the process that loads it. The numbers are PKCS#11 v3.2's.
 * Arguments: the library, the token's label, and what to do as JSON, octets in base64:
 * { do: 'make', set, id, withPublicHalf }, or { do: 'verify', set, publicKey, message, signature }, whose
 * answer, a boolean, is written to stdout.
 */
import pkcs11js from 'pkcs11js';

const CKA_PARAMETER_SET = 0x61d;
const CKK_ML_DSA = 0x4a;
const CKM_ML_DSA_KEY_PAIR_GEN = 0x1c;
const CKM_ML_DSA = 0x1d;
const CKR_SIGNATURE_INVALID = 0xc0;

const [, , path, label, json] = process.argv;
const task = JSON.parse(json);
const octets = (text) => Buffer.from(text, 'base64');
const library = new pkcs11js.PKCS11();
library.load(path);
library.C_Initialize({ flags: pkcs11js.CKF_OS_LOCKING_OK });
const slot = library
  .C_GetSlotList(true)
  .find((each) => library.C_GetTokenInfo(each).label.replace(/[\0 ]+$/, '') === label);
const session = library.C_OpenSession(slot, pkcs11js.CKF_RW_SESSION | pkcs11js.CKF_SERIAL_SESSION);
library.C_Login(session, pkcs11js.CKU_USER, process.env.PIN);

function make({ set, id, withPublicHalf }) {
  const named = [
    { type: pkcs11js.CKA_TOKEN, value: true },
    { type: pkcs11js.CKA_ID, value: Buffer.from(id, 'latin1') },
    { type: pkcs11js.CKA_LABEL, value: Buffer.from(`pair-${id}`) },
  ];
  const { publicKey } = library.C_GenerateKeyPair(
    session,
    { mechanism: CKM_ML_DSA_KEY_PAIR_GEN },
    [...named, { type: CKA_PARAMETER_SET, value: set }, { type: pkcs11js.CKA_VERIFY, value: true }],
    [
      ...named,
      { type: pkcs11js.CKA_PRIVATE, value: true },
      { type: pkcs11js.CKA_SENSITIVE, value: true },
      { type: pkcs11js.CKA_EXTRACTABLE, value: false },
      { type: pkcs11js.CKA_SIGN, value: true },
    ],
  );
  if (!withPublicHalf) library.C_DestroyObject(session, publicKey);
}

function verify({ set, publicKey, message, signature }) {
  const object = library.C_CreateObject(session, [
    { type: pkcs11js.CKA_CLASS, value: pkcs11js.CKO_PUBLIC_KEY },
    { type: pkcs11js.CKA_KEY_TYPE, value: CKK_ML_DSA },
    { type: pkcs11js.CKA_TOKEN, value: false },
    { type: pkcs11js.CKA_VERIFY, value: true },
    { type: CKA_PARAMETER_SET, value: set },
    { type: pkcs11js.CKA_VALUE, value: octets(publicKey) },
  ]);
  library.C_VerifyInit(session, { mechanism: CKM_ML_DSA }, object);
  try {
    library.C_Verify(session, octets(message), octets(signature));
    return true;
  } catch (error) {
    if (error.code === CKR_SIGNATURE_INVALID) return false;
    throw error;
  }
}

const answer = task.do === 'make' ? make(task) : verify(task);
process.stdout.write(JSON.stringify(answer ?? null));
library.C_Finalize();
