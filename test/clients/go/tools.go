package main

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awskms "github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/getsops/sops/v3"
	"github.com/getsops/sops/v3/aes"
	sopsconfig "github.com/getsops/sops/v3/config"
	"github.com/getsops/sops/v3/kms"
	"github.com/getsops/sops/v3/stores/yaml"
	"github.com/getsops/sops/v3/version"
	"github.com/sigstore/sigstore/pkg/signature"
	sigstore "github.com/sigstore/sigstore/pkg/signature/kms/aws"
)

const document = "database:\n    user: app\n    password: not for everybody\n"

// sopsDocument encrypts a YAML document for two keys, and decrypts it by what stands in it.
func sopsDocument() error {
	keys := stage.ExchangeKeys
	context := map[string]*string{"environment": aws.String("test")}
	return throughSops(kms.NewMasterKey(keys.Symmetric, "", context), kms.NewMasterKey(keys.Replica, "", context))
}

// sopsInRole lets SOPS assume a role for the key.
func sopsInRole() error {
	return throughSops(kms.NewMasterKey(stage.ExchangeKeys.Symmetric, stage.RoleArn, nil))
}

func throughSops(masters ...*kms.MasterKey) error {
	store := yaml.NewStore(&sopsconfig.YAMLStoreConfig{})
	group := sops.KeyGroup{}
	for _, master := range masters {
		group = append(group, master)
	}
	tree := sops.Tree{
		Branches: must(store.LoadPlainFile([]byte(document))),
		Metadata: sops.Metadata{KeyGroups: []sops.KeyGroup{group}, UnencryptedSuffix: "_unencrypted", Version: version.Version},
	}
	dataKey, faults := tree.GenerateDataKey()
	check(errors.Join(faults...))
	tree.Metadata.LastModified = time.Now().UTC()
	mac := must(tree.Encrypt(dataKey, aes.NewCipher()))
	stamp := tree.Metadata.LastModified.Format(time.RFC3339)
	tree.Metadata.MessageAuthenticationCode = must(aes.NewCipher().Encrypt(mac, dataKey, stamp))
	sealed := must(store.EmitEncryptedFile(tree))
	equal(strings.Contains(string(sealed), "not for everybody"), false, "that the file shows the secret")

	read := must(store.LoadEncryptedFile(sealed))
	opened := must(read.Metadata.GetDataKey())
	same(opened, dataKey, "the data key")
	must(read.Decrypt(opened, aes.NewCipher()))
	same(must(store.EmitPlainFile(read.Branches)), []byte(document), "the document")
	return nil
}

// sigstoreSigner makes a key as `cosign generate-key-pair --kms` does, signs by it, and verifies.
func sigstoreSigner() error {
	name := fmt.Sprintf("alias/sigstore-%d", time.Now().UnixNano())
	// No endpoint in the reference: with one sigstore speaks TLS only; the environment names it.
	signer := must(sigstore.LoadSignerVerifier(ctx, "awskms:///"+name))
	made := must(signer.CreateKey(ctx, signer.DefaultAlgorithm()))
	signed := must(signer.SignMessage(bytes.NewReader(message)))
	check(signer.VerifySignature(bytes.NewReader(signed), bytes.NewReader(message)))
	check(must(signature.LoadECDSAVerifier(made.(*ecdsa.PublicKey), crypto.SHA256)).
		VerifySignature(bytes.NewReader(signed), bytes.NewReader(message)))
	if signer.VerifySignature(bytes.NewReader(signed), strings.NewReader("another")) == nil {
		return errors.New("a signature of another message is valid")
	}
	described := must(client.DescribeKey(ctx, &awskms.DescribeKeyInput{KeyId: &name}))
	return note("a key of " + string(described.KeyMetadata.KeySpec))
}
