/** By what a token is made ready where its PKCS#11 library doesn't do it. Sources: the vendors' documents. */
const SET_UP_TOOLS: Readonly<Record<string, string>> = {
  softhsm: 'softhsm2-util --init-token',
  nss: 'certutil -N -d sql:<directory>',
  opencryptoki: 'pkcsconf -I, then pkcsconf -u (its first SO PIN is 87654321)',
  tpm2: 'tpm2_ptool init, then tpm2_ptool addtoken',
  'p11-kit': 'the tool of the token behind p11-kit, on the machine that has it',
  kryoptic: 'pkcs11-tool --init-token, then pkcs11-tool --init-pin',
  cloudhsm: 'cloudhsm-cli: cluster activate, then user create --role crypto-user',
  luna: 'lunacm: partition init, then role init -name co',
  'luna-fips': 'lunacm: partition init, then role init -name co',
  nshield: 'new-world, then createocs for a card set or ppmk --new for a softcard',
  yubihsm: 'yubihsm-shell: put authkey',
  utimaco: 'p11tool2 InitToken, then p11tool2 InitPIN',
};

/** For a sentence: `make it by …`. */
export function setUpTool(vendor: string): string {
  return SET_UP_TOOLS[vendor] ?? "the vendor's tool";
}
