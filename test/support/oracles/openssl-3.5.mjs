/** Runs in Node 24: what node-24.ts asks of its OpenSSL. */
import crypto from 'node:crypto';

const octets = (text) => Buffer.from(text, 'base64');
const text = (buffer) => buffer.toString('base64');
const privateKeyOf = ({ privateKey }) =>
  crypto.createPrivateKey({ key: octets(privateKey), format: 'der', type: 'pkcs8' });
const publicKeyOf = ({ publicKey }) =>
  crypto.createPublicKey({ key: octets(publicKey), format: 'der', type: 'spki' });
const spki = (key) => text(key.export({ format: 'der', type: 'spki' }));

const DO = {
  encapsulate(task) {
    const { sharedKey, ciphertext } = crypto.encapsulate(publicKeyOf(task));
    return { secret: text(sharedKey), ciphertext: text(ciphertext) };
  },
  decapsulate: (task) => ({
    secret: text(crypto.decapsulate(privateKeyOf(task), octets(task.ciphertext))),
  }),
  'public key': (task) => ({ publicKey: spki(crypto.createPublicKey(privateKeyOf(task))) }),
  sign: (task) => ({
    signature: text(crypto.sign(null, octets(task.message), privateKeyOf(task))),
  }),
  verify: (task) => ({
    valid: crypto.verify(null, octets(task.message), publicKeyOf(task), octets(task.signature)),
  }),
  pair({ type }) {
    const { publicKey, privateKey } = crypto.generateKeyPairSync(type);
    const pkcs8 = privateKey.export({ format: 'der', type: 'pkcs8' });
    return { publicKey: spki(publicKey), privateKey: text(pkcs8) };
  },
};

const tasks = JSON.parse(process.argv[2]);
process.stdout.write(JSON.stringify(tasks.map((task) => DO[task.do](task))));
