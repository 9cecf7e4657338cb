package main

import (
	"crypto"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	_ "crypto/sha1"
	_ "crypto/sha256"
	"crypto/sha3"
	_ "crypto/sha512"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/cloudflare/circl/kem"
	kems "github.com/cloudflare/circl/kem/schemes"
	signatures "github.com/cloudflare/circl/sign/schemes"
	"github.com/decred/dcrd/dcrec/secp256k1/v4"
	koblitz "github.com/decred/dcrd/dcrec/secp256k1/v4/ecdsa"
)

var message = []byte("signed there, verified here")

// specs uses a key of every spec and usage: what the server makes is verified here, and the reverse.
func specs() {
	usages := map[string]func(kind) error{
		"ENCRYPT_DECRYPT":         encryptionOf,
		"SIGN_VERIFY":             signing,
		"GENERATE_VERIFY_MAC":     macs,
		"KEY_AGREEMENT":           agreement,
		"ENCAPSULATE_DECAPSULATE": encapsulation,
	}
	for _, row := range stage.Kinds {
		run(row.KeySpec+" "+row.KeyUsage, func() error { return usages[row.KeyUsage](row) })
	}
	run("data key pairs", dataKeyPairs)
}

// spki is a public key of a kind that crypto/x509 doesn't read.
type spki struct {
	Algorithm pkix.AlgorithmIdentifier
	PublicKey asn1.BitString
}

func publicKey(row kind) []byte {
	answer := must(client.GetPublicKey(ctx, &kms.GetPublicKeyInput{KeyId: &row.Arn}))
	equal(string(answer.KeySpec), row.KeySpec, "the spec")
	return answer.PublicKey
}

func rawKey(der []byte) []byte {
	var read spki
	must(asn1.Unmarshal(der, &read))
	return read.PublicKey.Bytes
}

// hashOf reads an algorithm's last three digits.
func hashOf(algorithm string) crypto.Hash {
	hashes := map[string]crypto.Hash{"_1": crypto.SHA1, "256": crypto.SHA256, "384": crypto.SHA384, "512": crypto.SHA512}
	for suffix, hash := range hashes {
		if strings.HasSuffix(algorithm, suffix) {
			return hash
		}
	}
	panic("no hash is known of " + algorithm)
}

func digestOf(hash crypto.Hash) []byte {
	state := hash.New()
	state.Write(message)
	return state.Sum(nil)
}

func encryptionOf(row kind) error {
	for _, name := range row.Algorithms {
		algorithm := types.EncryptionAlgorithmSpec(name)
		sealed := must(client.Encrypt(ctx, &kms.EncryptInput{KeyId: &row.Arn, Plaintext: message, EncryptionAlgorithm: algorithm}))
		blobs := [][]byte{sealed.CiphertextBlob}
		if strings.HasPrefix(name, "RSAES") {
			public := must(x509.ParsePKIXPublicKey(publicKey(row))).(*rsa.PublicKey)
			blobs = append(blobs, must(rsa.EncryptOAEP(hashOf(name).New(), rand.Reader, public, message, nil)))
		}
		for _, blob := range blobs {
			opened := must(client.Decrypt(ctx, &kms.DecryptInput{KeyId: &row.Arn, CiphertextBlob: blob, EncryptionAlgorithm: algorithm}))
			same(opened.Plaintext, message, "the plaintext")
		}
	}
	return nil
}

func signing(row kind) error {
	public := publicKey(row)
	for _, name := range row.Algorithms {
		signed := func(octets []byte, form types.MessageType) []byte {
			return must(client.Sign(ctx, &kms.SignInput{
				KeyId: &row.Arn, Message: octets, MessageType: form, SigningAlgorithm: types.SigningAlgorithmSpec(name),
			})).Signature
		}
		valid := func(octets, signature []byte, form types.MessageType) error {
			_, err := client.Verify(ctx, &kms.VerifyInput{
				KeyId: &row.Arn, Message: octets, MessageType: form, Signature: signature,
				SigningAlgorithm: types.SigningAlgorithmSpec(name),
			})
			return err
		}
		form, octets := types.MessageTypeDigest, []byte(nil)
		switch name {
		case "ED25519_SHA_512":
			form, octets = types.MessageTypeRaw, message
		case "ML_DSA_SHAKE_256":
			form, octets = types.MessageTypeExternalMu, externalMu(rawKey(public))
		default:
			octets = digestOf(hashOf(name))
		}
		signature := signed(octets, form)
		check(verify(name, public, signature))
		check(valid(octets, signature, form))
		if name != "ED25519_PH_SHA_512" { // its message is a digest always
			signature = signed(message, types.MessageTypeRaw)
			check(verify(name, public, signature))
		}
		signature[len(signature)-1] ^= 1
		var invalid *types.KMSInvalidSignatureException
		equal(errors.As(valid(octets, signature, form), &invalid), true, "that a changed signature is invalid")
	}
	return nil
}

// externalMu is FIPS 204's: SHAKE256(SHAKE256(pk, 64) ‖ 0 ‖ 0 ‖ message, 64).
func externalMu(public []byte) []byte {
	tr := sha3.SumSHAKE256(public, 64)
	return sha3.SumSHAKE256(append(append(tr, 0, 0), message...), 64)
}

func verify(name string, der, signature []byte) error {
	if name == "ML_DSA_SHAKE_256" {
		return verifyLattice(rawKey(der), signature)
	}
	public, err := x509.ParsePKIXPublicKey(der)
	if err != nil { // crypto/x509 doesn't know secp256k1
		key := must(secp256k1.ParsePubKey(rawKey(der)))
		if !must(koblitz.ParseDERSignature(signature)).Verify(digestOf(crypto.SHA256), key) {
			return errors.New("the signature is invalid")
		}
		return nil
	}
	hash := hashOf(name)
	switch key := public.(type) {
	case *rsa.PublicKey:
		if strings.HasPrefix(name, "RSASSA_PSS") {
			salted := &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash}
			return rsa.VerifyPSS(key, hash, digestOf(hash), signature, salted)
		}
		return rsa.VerifyPKCS1v15(key, hash, digestOf(hash), signature)
	case *ecdsa.PublicKey:
		equal(ecdsa.VerifyASN1(key, digestOf(hash), signature), true, "that it verifies")
		return nil
	case ed25519.PublicKey:
		if name == "ED25519_PH_SHA_512" {
			// KMS hashes the digest, which is its message, once more.
			state := crypto.SHA512.New()
			state.Write(digestOf(crypto.SHA512))
			return ed25519.VerifyWithOptions(key, state.Sum(nil), signature, &ed25519.Options{Hash: crypto.SHA512})
		}
		equal(ed25519.Verify(key, message, signature), true, "that it verifies")
		return nil
	}
	return fmt.Errorf("a public key of type %T", public)
}

func verifyLattice(public, signature []byte) error {
	for _, name := range []string{"ML-DSA-44", "ML-DSA-65", "ML-DSA-87"} {
		scheme := signatures.ByName(name)
		if scheme.PublicKeySize() == len(public) {
			key := must(scheme.UnmarshalBinaryPublicKey(public))
			equal(scheme.Verify(key, message, signature, nil), true, "that it verifies")
			return nil
		}
	}
	return fmt.Errorf("no parameter set has public keys of %d octets", len(public))
}

func macs(row kind) error {
	for _, name := range row.Algorithms {
		algorithm := types.MacAlgorithmSpec(name)
		mac := must(client.GenerateMac(ctx, &kms.GenerateMacInput{KeyId: &row.Arn, Message: message, MacAlgorithm: algorithm})).Mac
		equal(fmt.Sprint(len(mac)*8), name[len(name)-3:], "its bits")
		order := &kms.VerifyMacInput{KeyId: &row.Arn, Message: message, Mac: mac, MacAlgorithm: algorithm}
		must(client.VerifyMac(ctx, order))
		mac[0] ^= 1
		_, err := client.VerifyMac(ctx, order)
		var invalid *types.KMSInvalidMacException
		equal(errors.As(err, &invalid), true, "that a changed MAC is invalid")
	}
	return nil
}

func agreement(row kind) error {
	public := must(must(x509.ParsePKIXPublicKey(publicKey(row))).(*ecdsa.PublicKey).ECDH())
	mine := must(public.Curve().GenerateKey(rand.Reader))
	derived := must(client.DeriveSharedSecret(ctx, &kms.DeriveSharedSecretInput{
		KeyId: &row.Arn, KeyAgreementAlgorithm: types.KeyAgreementAlgorithmSpecEcdh,
		PublicKey: must(x509.MarshalPKIXPublicKey(mine.PublicKey())),
	}))
	same(derived.SharedSecret, must(mine.ECDH(public)), "the secret")
	return nil
}

func scheme(keySpec string) kem.Scheme {
	return kems.ByName(strings.ReplaceAll(keySpec, "_", "-"))
}

func encapsulation(row kind) error {
	decapsulated := func(blob []byte) []byte {
		return must(client.Decapsulate(ctx, &kms.DecapsulateInput{
			KeyId: &row.Arn, EncapsulationAlgorithm: types.EncapsulationAlgorithmSpecMlKem, SharedSecretCiphertextBlob: blob,
		})).SharedSecret
	}
	made := must(client.Encapsulate(ctx, &kms.EncapsulateInput{
		KeyId: &row.Arn, EncapsulationAlgorithm: types.EncapsulationAlgorithmSpecMlKem,
	}))
	same(decapsulated(made.SharedSecretCiphertextBlob), made.SharedSecret, "the secret")
	public := must(scheme(row.KeySpec).UnmarshalBinaryPublicKey(rawKey(publicKey(row))))
	blob, secret, err := scheme(row.KeySpec).Encapsulate(public)
	check(err)
	same(decapsulated(blob), secret, "the secret")
	return nil
}

func dataKeyPairs() error {
	for _, spec := range types.DataKeyPairSpec("").Values() {
		if spec == types.DataKeyPairSpecSm2 { // China Regions only
			continue
		}
		pair := must(client.GenerateDataKeyPair(ctx, &kms.GenerateDataKeyPairInput{
			KeyId: &stage.ExchangeKeys.Symmetric, KeyPairSpec: spec,
		}))
		same(decrypted(pair.PrivateKeyCiphertextBlob), pair.PrivateKeyPlaintext, "the private key")
		samePair(pair.PrivateKeyPlaintext, pair.PublicKey)
	}
	return nil
}

// pkcs8 is a private key of a kind that crypto/x509 doesn't read.
type pkcs8 struct {
	Version    int
	Algorithm  pkix.AlgorithmIdentifier
	PrivateKey []byte
}

// samePair works the public key out of the private one.
func samePair(private, public []byte) {
	if key, err := x509.ParsePKCS8PrivateKey(private); err == nil {
		if exchanging, ok := key.(*ecdh.PrivateKey); ok {
			same(must(x509.MarshalPKIXPublicKey(exchanging.PublicKey())), public, "the public key")
			return
		}
		same(must(x509.MarshalPKIXPublicKey(key.(crypto.Signer).Public())), public, "the public key")
		return
	}
	var read pkcs8
	must(asn1.Unmarshal(private, &read))
	raw := rawKey(public)
	if len(raw) == 65 { // secp256k1: SEC 1's ECPrivateKey in it
		var sec1 struct {
			Version    int
			PrivateKey []byte
			Rest       []asn1.RawValue `asn1:"optional"`
		}
		_, err := asn1.Unmarshal(read.PrivateKey, &sec1)
		if len(sec1.PrivateKey) == 0 {
			check(err)
		}
		same(secp256k1.PrivKeyFromBytes(sec1.PrivateKey).PubKey().SerializeUncompressed(), raw, "the public key")
		return
	}
	// ML-KEM in seed form: [0] IMPLICIT OCTET STRING (RFC 9935).
	var seed asn1.RawValue
	must(asn1.Unmarshal(read.PrivateKey, &seed))
	for _, name := range []string{"ML_KEM_512", "ML_KEM_768", "ML_KEM_1024"} {
		if scheme(name).PublicKeySize() == len(raw) {
			derived, _ := scheme(name).DeriveKeyPair(seed.Bytes)
			same(must(derived.MarshalBinary()), raw, "the public key of "+aws.ToString(&name))
			return
		}
	}
	panic("no library reads this private key")
}
