/**
 * Makes a secret key in a token with exactly these attributes, which no tool does: a process of its own,
 * since a PKCS#11 library stays in the process that loads it.
 * Arguments: the library, the token's label, the mechanism, and the template as JSON, octets in hex.
 */
import pkcs11js from 'pkcs11js';

const [, , path, label, mechanism, json] = process.argv;
const library = new pkcs11js.PKCS11();
library.load(path);
library.C_Initialize({ flags: pkcs11js.CKF_OS_LOCKING_OK });
const slot = library
  .C_GetSlotList(true)
  .find((each) => library.C_GetTokenInfo(each).label.replace(/[\0 ]+$/, '') === label);
const session = library.C_OpenSession(slot, pkcs11js.CKF_RW_SESSION | pkcs11js.CKF_SERIAL_SESSION);
library.C_Login(session, pkcs11js.CKU_USER, process.env.PIN);
const template = Object.entries(JSON.parse(json)).map(([name, value]) => ({
  type: pkcs11js[name],
  value: typeof value === 'string' ? Buffer.from(value, 'hex') : value,
}));
library.C_GenerateKey(session, { mechanism: pkcs11js[mechanism] }, template);
library.C_Finalize();
