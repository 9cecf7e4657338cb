/** The operand of commands on one custom key store. */
export const STORE = { name: 'store', description: 'the CustomKeyStoreId, cks-…' } as const;
