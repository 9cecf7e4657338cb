/**
 * K-PKE.Decrypt (FIPS 203, algorithm 15): the message inside an ML-KEM ciphertext, which @noble keeps to
 * itself. Nothing here branches on, indexes by or divides the private key or what it decrypts; numbers
 * are reduced as Montgomery does it, by multiplications and shifts of 32-bit integers.
 */

const N = 256;
const Q = 3329;
/** −Q⁻¹ mod 2¹⁶, as a signed number. */
const NEGATED_INVERSE = 3327;
/** 2¹⁶ mod Q, and 2³²/128 mod Q. */
const R = 2285;
const R_SQUARED_BY_128 = 1441;
const ROOT = 17;

/** 17^BitRev7(i)·2¹⁶ mod Q, centred: FIPS 203, appendix A. */
const ZETAS = Int16Array.from({ length: N / 2 }, (_, index) => {
  let reversed = 0;
  for (let bit = 0; bit < 7; bit += 1) reversed |= ((index >> bit) & 1) << (6 - bit);
  let power = R;
  for (let times = 0; times < reversed; times += 1) power = (power * ROOT) % Q;
  return power > Q / 2 ? power - Q : power;
});

export interface PkeShape {
  /** Polynomials of a vector. */
  readonly k: number;
  /** Bits of a compressed coefficient, of the ciphertext's vector and of its polynomial. */
  readonly du: number;
  readonly dv: number;
}

/** Octets of a ciphertext. */
export function ciphertextBytes({ k, du, dv }: PkeShape): number {
  return (N / 8) * (du * k + dv);
}

/** @param privateKey dk_PKE: the first 384·k octets of an expanded private key. @returns m′, 32 octets */
export function decryptMessage(
  { k, du, dv }: PkeShape,
  privateKey: Uint8Array,
  ciphertext: Uint8Array,
): Buffer {
  const sum = new Int16Array(N);
  for (let row = 0; row < k; row += 1) {
    const compressed = ciphertext.subarray(row * 32 * du, (row + 1) * 32 * du);
    const u = decompress(readBits(compressed, du), du);
    toNtt(u);
    const s = readBits(privateKey.subarray(row * 384, (row + 1) * 384), 12);
    addProduct(sum, s, u);
    s.fill(0);
  }
  fromNtt(sum);
  const v = decompress(readBits(ciphertext.subarray(32 * du * k), dv), dv);
  const message = Buffer.alloc(32);
  for (let i = 0; i < N; i += 1) {
    const bit = toBit((v[i] ?? 0) - (sum[i] ?? 0));
    message[i >> 3] = (message[i >> 3] ?? 0) | (bit << (i & 7));
  }
  sum.fill(0);
  return message;
}

/** ByteDecode: 256 numbers of `width` bits, the lowest bit first. */
function readBits(octets: Uint8Array, width: number): Int16Array {
  const numbers = new Int16Array(N);
  let held = 0;
  let bits = 0;
  let at = 0;
  for (let i = 0; i < N; i += 1) {
    while (bits < width) {
      held |= (octets[at] ?? 0) << bits;
      at += 1;
      bits += 8;
    }
    numbers[i] = held & ((1 << width) - 1);
    held >>>= width;
    bits -= width;
  }
  return numbers;
}

/** Decompress, in place: of the ciphertext, which is no secret. */
function decompress(numbers: Int16Array, width: number): Int16Array {
  for (let i = 0; i < N; i += 1) {
    numbers[i] = ((numbers[i] ?? 0) * Q + (1 << (width - 1))) >> width;
  }
  return numbers;
}

/** Compress to one bit, ⌈(2/Q)·x⌋ mod 2, for −2Q < x < 2Q. */
function toBit(x: number): number {
  const once = x + (Q & (x >> 31));
  const positive = once + (Q & (once >> 31));
  // (2x + Q/2) / Q, as a multiplication by 2²⁸/Q; right for all that positive can be.
  return (Math.imul(2 * positive + 1665, 80635) >> 28) & 1;
}

/** a·2⁻¹⁶ mod Q, between −Q and Q, for |a| < Q·2¹⁵. */
function reduce(a: number): number {
  const multiple = (Math.imul(a, NEGATED_INVERSE) << 16) >> 16;
  return (a + Math.imul(multiple, Q)) >> 16;
}

const multiply = (a: number, b: number) => reduce(Math.imul(a, b));

/** FIPS 203, algorithm 9. The coefficients are of the ciphertext. */
function toNtt(f: Int16Array): void {
  let next = 1;
  for (let length = N / 2; length >= 2; length >>= 1) {
    for (let start = 0; start < N; start += 2 * length) {
      const zeta = ZETAS[next] ?? 0;
      next += 1;
      for (let i = start; i < start + length; i += 1) {
        const product = multiply(zeta, f[i + length] ?? 0);
        const left = f[i] ?? 0;
        f[i] = centred(left + product);
        f[i + length] = centred(left - product);
      }
    }
  }
}

/** FIPS 203, algorithm 10. */
function fromNtt(f: Int16Array): void {
  let next = N / 2 - 1;
  for (let length = 2; length <= N / 2; length <<= 1) {
    for (let start = 0; start < N; start += 2 * length) {
      const zeta = ZETAS[next] ?? 0;
      next -= 1;
      for (let i = start; i < start + length; i += 1) {
        const left = f[i] ?? 0;
        const right = f[i + length] ?? 0;
        f[i] = centred(left + right);
        f[i + length] = multiply(zeta, right - left);
      }
    }
  }
  for (let i = 0; i < N; i += 1) f[i] = multiply(f[i] ?? 0, R_SQUARED_BY_128);
}

/** Adds ŝ∘û (algorithms 11 and 12), divided by 2¹⁶. */
function addProduct(sum: Int16Array, s: Int16Array, u: Int16Array): void {
  for (let i = 0; i < N; i += 2) {
    const zeta = ZETAS[N / 4 + (i >> 2)] ?? 0;
    const gamma = i & 2 ? -zeta : zeta;
    const s0 = s[i] ?? 0;
    const s1 = s[i + 1] ?? 0;
    const u0 = u[i] ?? 0;
    const u1 = u[i + 1] ?? 0;
    const even = multiply(s0, u0) + multiply(multiply(s1, u1), gamma);
    const odd = multiply(s0, u1) + multiply(s1, u0);
    sum[i] = centred((sum[i] ?? 0) + even);
    sum[i + 1] = centred((sum[i + 1] ?? 0) + odd);
  }
}

/** The same number mod Q, between −Q and Q. */
function centred(a: number): number {
  return reduce(Math.imul(a, R));
}
