/** `aws`: custom key stores take what AWS's take; `extended`: whatever the token can do. */
export type StoreLimits = 'aws' | 'extended';
