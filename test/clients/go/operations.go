package main

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	ststypes "github.com/aws/aws-sdk-go-v2/service/sts/types"
	"github.com/aws/smithy-go"
)

var (
	ctx    = context.Background()
	client *kms.Client
	tokens *sts.Client
)

// operations calls every operation of the KMS API once; then paginators, errors, retries and STS.
func operations() {
	// As every user does: Region, credentials and endpoint are in the environment.
	loaded := must(config.LoadDefaultConfig(ctx))
	client, tokens = kms.NewFromConfig(loaded), sts.NewFromConfig(loaded)
	made := must(client.CreateKey(ctx, &kms.CreateKeyInput{
		Description: aws.String("of Go"),
		Tags:        []types.Tag{{TagKey: aws.String("for"), TagValue: aws.String("Go")}},
	}))
	key := made.KeyMetadata.KeyId
	for _, row := range []struct {
		name string
		test func(*string) error
	}{
		{"encrypt, decrypt, re-encrypt", encryption},
		{"data keys, random", dataKeys},
		{"describe, list, update", describing},
		{"aliases", aliases},
		{"tags", tags},
		{"key policies", policies},
		{"grants", grants},
		{"rotation", rotation},
		{"states and deletion", states},
		{"imported key material", importing},
		{"multi-Region keys", replicas},
		{"custom key store", customKeyStore},
		{"paginators", paginators},
		{"typed errors", typedErrors},
		{"retries", retries},
		{"AssumeRole", assumeRole},
		{"web identity", webIdentity},
	} {
		run(row.name, func() error { return row.test(key) })
	}
}

func newKey(input kms.CreateKeyInput) *string {
	return must(client.CreateKey(ctx, &input)).KeyMetadata.KeyId
}

func encryption(key *string) error {
	encryptionContext := map[string]string{"purpose": "test", "Ärger": "ß"}
	sealed := must(client.Encrypt(ctx, &kms.EncryptInput{
		KeyId: key, Plaintext: []byte("secret"), EncryptionContext: encryptionContext,
	}))
	opened := must(client.Decrypt(ctx, &kms.DecryptInput{
		CiphertextBlob: sealed.CiphertextBlob, EncryptionContext: encryptionContext,
	}))
	same(opened.Plaintext, []byte("secret"), "the plaintext")
	moved := must(client.ReEncrypt(ctx, &kms.ReEncryptInput{
		CiphertextBlob: sealed.CiphertextBlob, SourceEncryptionContext: encryptionContext, DestinationKeyId: key,
	}))
	same(decrypted(moved.CiphertextBlob), []byte("secret"), "the plaintext")
	return nil
}

func decrypted(blob []byte) []byte {
	return must(client.Decrypt(ctx, &kms.DecryptInput{CiphertextBlob: blob})).Plaintext
}

func dataKeys(key *string) error {
	made := must(client.GenerateDataKey(ctx, &kms.GenerateDataKeyInput{KeyId: key, KeySpec: types.DataKeySpecAes256}))
	same(decrypted(made.CiphertextBlob), made.Plaintext, "the data key")
	blind := must(client.GenerateDataKeyWithoutPlaintext(ctx, &kms.GenerateDataKeyWithoutPlaintextInput{
		KeyId: key, NumberOfBytes: aws.Int32(24),
	}))
	equal(len(decrypted(blind.CiphertextBlob)), 24, "its length")
	pair := must(client.GenerateDataKeyPairWithoutPlaintext(ctx, &kms.GenerateDataKeyPairWithoutPlaintextInput{
		KeyId: key, KeyPairSpec: types.DataKeyPairSpecEccNistP256,
	}))
	samePair(decrypted(pair.PrivateKeyCiphertextBlob), pair.PublicKey)
	random := must(client.GenerateRandom(ctx, &kms.GenerateRandomInput{NumberOfBytes: aws.Int32(1024)}))
	equal(len(random.Plaintext), 1024, "its length")
	return nil
}

func describing(key *string) error {
	must(client.UpdateKeyDescription(ctx, &kms.UpdateKeyDescriptionInput{KeyId: key, Description: aws.String("another")}))
	described := must(client.DescribeKey(ctx, &kms.DescribeKeyInput{KeyId: key}))
	equal(*described.KeyMetadata.Description, "another", "the description")
	must(client.GetKeyLastUsage(ctx, &kms.GetKeyLastUsageInput{KeyId: key}))
	listed := must(client.ListKeys(ctx, &kms.ListKeysInput{Limit: aws.Int32(1)}))
	equal(listed.Truncated, true, "Truncated")
	return nil
}

func aliases(key *string) error {
	name := aws.String(fmt.Sprintf("alias/go-%d", time.Now().UnixNano()))
	must(client.CreateAlias(ctx, &kms.CreateAliasInput{AliasName: name, TargetKeyId: key}))
	described := must(client.DescribeKey(ctx, &kms.DescribeKeyInput{KeyId: name}))
	equal(*described.KeyMetadata.KeyId, *key, "the key")
	other := newKey(kms.CreateKeyInput{})
	must(client.UpdateAlias(ctx, &kms.UpdateAliasInput{AliasName: name, TargetKeyId: other}))
	equal(len(must(client.ListAliases(ctx, &kms.ListAliasesInput{KeyId: other})).Aliases), 1, "the aliases' number")
	must(client.DeleteAlias(ctx, &kms.DeleteAliasInput{AliasName: name}))
	return nil
}

func tags(key *string) error {
	must(client.TagResource(ctx, &kms.TagResourceInput{
		KeyId: key, Tags: []types.Tag{{TagKey: aws.String("more"), TagValue: aws.String("")}},
	}))
	must(client.UntagResource(ctx, &kms.UntagResourceInput{KeyId: key, TagKeys: []string{"for"}}))
	listed := must(client.ListResourceTags(ctx, &kms.ListResourceTagsInput{KeyId: key}))
	equal(len(listed.Tags), 1, "the tags' number")
	equal(*listed.Tags[0].TagKey, "more", "the tag")
	return nil
}

func policies(key *string) error {
	listed := must(client.ListKeyPolicies(ctx, &kms.ListKeyPoliciesInput{KeyId: key}))
	equal(listed.PolicyNames[0], "default", "the policy's name")
	policy := must(client.GetKeyPolicy(ctx, &kms.GetKeyPolicyInput{KeyId: key})).Policy
	must(client.PutKeyPolicy(ctx, &kms.PutKeyPolicyInput{KeyId: key, Policy: policy}))
	return nil
}

func grants(key *string) error {
	grant := func(operation types.GrantOperation) *kms.CreateGrantOutput {
		return must(client.CreateGrant(ctx, &kms.CreateGrantInput{
			KeyId: key, GranteePrincipal: &stage.UserArn, RetiringPrincipal: &stage.UserArn,
			Operations: []types.GrantOperation{operation},
		}))
	}
	first, second := grant(types.GrantOperationEncrypt), grant(types.GrantOperationDecrypt)
	equal(len(must(client.ListGrants(ctx, &kms.ListGrantsInput{KeyId: key})).Grants), 2, "the grants' number")
	retirable := must(client.ListRetirableGrants(ctx, &kms.ListRetirableGrantsInput{RetiringPrincipal: &stage.UserArn}))
	equal(len(retirable.Grants) >= 2, true, "that they can be retired")
	must(client.RetireGrant(ctx, &kms.RetireGrantInput{GrantToken: first.GrantToken}))
	must(client.RevokeGrant(ctx, &kms.RevokeGrantInput{KeyId: key, GrantId: second.GrantId}))
	equal(len(must(client.ListGrants(ctx, &kms.ListGrantsInput{KeyId: key})).Grants), 0, "the grants' number")
	return nil
}

func rotation(key *string) error {
	before := must(client.Encrypt(ctx, &kms.EncryptInput{KeyId: key, Plaintext: []byte("before")})).CiphertextBlob
	must(client.EnableKeyRotation(ctx, &kms.EnableKeyRotationInput{KeyId: key, RotationPeriodInDays: aws.Int32(180)}))
	status := must(client.GetKeyRotationStatus(ctx, &kms.GetKeyRotationStatusInput{KeyId: key}))
	equal(*status.RotationPeriodInDays, 180, "the period")
	must(client.RotateKeyOnDemand(ctx, &kms.RotateKeyOnDemandInput{KeyId: key}))
	equal(len(must(client.ListKeyRotations(ctx, &kms.ListKeyRotationsInput{KeyId: key})).Rotations), 1, "the rotations' number")
	must(client.DisableKeyRotation(ctx, &kms.DisableKeyRotationInput{KeyId: key}))
	same(decrypted(before), []byte("before"), "the plaintext")
	return nil
}

func states(key *string) error {
	must(client.DisableKey(ctx, &kms.DisableKeyInput{KeyId: key}))
	_, err := client.Encrypt(ctx, &kms.EncryptInput{KeyId: key, Plaintext: []byte("x")})
	var disabled *types.DisabledException
	equal(errors.As(err, &disabled), true, "that the key is disabled")
	must(client.EnableKey(ctx, &kms.EnableKeyInput{KeyId: key}))
	scheduled := must(client.ScheduleKeyDeletion(ctx, &kms.ScheduleKeyDeletionInput{KeyId: key, PendingWindowInDays: aws.Int32(7)}))
	equal(scheduled.KeyState, types.KeyStatePendingDeletion, "the state")
	must(client.CancelKeyDeletion(ctx, &kms.CancelKeyDeletionInput{KeyId: key}))
	return nil
}

func importing(*string) error {
	key := newKey(kms.CreateKeyInput{Origin: types.OriginTypeExternal})
	parameters := must(client.GetParametersForImport(ctx, &kms.GetParametersForImportInput{
		KeyId: key, WrappingAlgorithm: types.AlgorithmSpecRsaesOaepSha256, WrappingKeySpec: types.WrappingKeySpecRsa2048,
	}))
	wrapping := must(x509.ParsePKIXPublicKey(parameters.PublicKey)).(*rsa.PublicKey)
	material := make([]byte, 32)
	must(rand.Read(material))
	must(client.ImportKeyMaterial(ctx, &kms.ImportKeyMaterialInput{
		KeyId: key, ImportToken: parameters.ImportToken,
		EncryptedKeyMaterial: must(rsa.EncryptOAEP(sha256.New(), rand.Reader, wrapping, material, nil)),
		ExpirationModel:      types.ExpirationModelTypeKeyMaterialDoesNotExpire,
	}))
	equal(must(client.DescribeKey(ctx, &kms.DescribeKeyInput{KeyId: key})).KeyMetadata.KeyState, types.KeyStateEnabled, "the state")
	must(client.DeleteImportedKeyMaterial(ctx, &kms.DeleteImportedKeyMaterialInput{KeyId: key}))
	return nil
}

func replicas(*string) error {
	key := newKey(kms.CreateKeyInput{MultiRegion: aws.Bool(true)})
	must(client.ReplicateKey(ctx, &kms.ReplicateKeyInput{KeyId: key, ReplicaRegion: &stage.OtherRegion}))
	blob := must(client.Encrypt(ctx, &kms.EncryptInput{KeyId: key, Plaintext: []byte("here")})).CiphertextBlob
	elsewhere := func(options *kms.Options) { options.Region = stage.OtherRegion }
	opened := must(client.Decrypt(ctx, &kms.DecryptInput{KeyId: key, CiphertextBlob: blob}, elsewhere))
	same(opened.Plaintext, []byte("here"), "the plaintext")
	must(client.UpdatePrimaryRegion(ctx, &kms.UpdatePrimaryRegionInput{KeyId: key, PrimaryRegion: &stage.OtherRegion}))
	return nil
}

func customKeyStore(*string) error {
	wanted := stage.CustomKeyStore
	store := must(client.CreateCustomKeyStore(ctx, &kms.CreateCustomKeyStoreInput{
		CustomKeyStoreName:     &wanted.CustomKeyStoreName,
		CloudHsmClusterId:      &wanted.CloudHsmClusterId,
		TrustAnchorCertificate: &wanted.TrustAnchorCertificate,
		KeyStorePassword:       &wanted.KeyStorePassword,
	})).CustomKeyStoreId
	must(client.UpdateCustomKeyStore(ctx, &kms.UpdateCustomKeyStoreInput{CustomKeyStoreId: store, NewCustomKeyStoreName: aws.String("renamed")}))
	must(client.ConnectCustomKeyStore(ctx, &kms.ConnectCustomKeyStoreInput{CustomKeyStoreId: store}))
	untilState(store, types.ConnectionStateTypeConnected)
	must(client.DisconnectCustomKeyStore(ctx, &kms.DisconnectCustomKeyStoreInput{CustomKeyStoreId: store}))
	untilState(store, types.ConnectionStateTypeDisconnected)
	must(client.DeleteCustomKeyStore(ctx, &kms.DeleteCustomKeyStoreInput{CustomKeyStoreId: store}))
	return nil
}

func untilState(store *string, wanted types.ConnectionStateType) {
	deadline := time.Now().Add(time.Minute)
	for {
		found := must(client.DescribeCustomKeyStores(ctx, &kms.DescribeCustomKeyStoresInput{CustomKeyStoreId: store}))
		state := found.CustomKeyStores[0].ConnectionState
		if state == wanted {
			return
		}
		if time.Now().After(deadline) {
			panic(fmt.Sprintf("the store is %s, not %s", state, wanted))
		}
		time.Sleep(50 * time.Millisecond)
	}
}

func paginators(*string) error {
	absent := map[string]bool{}
	for _, row := range stage.Kinds {
		absent[row.Arn] = true
	}
	pages := 0
	paginator := kms.NewListKeysPaginator(client, &kms.ListKeysInput{Limit: aws.Int32(5)})
	for ; paginator.HasMorePages(); pages++ {
		for _, row := range must(paginator.NextPage(ctx)).Keys {
			delete(absent, *row.KeyArn)
		}
	}
	equal(len(absent), 0, "the number of keys that the pages lack")
	return note(fmt.Sprintf("%d pages of ListKeys", pages))
}

func typedErrors(*string) error {
	absent := aws.String("00000000-1111-2222-3333-444444444444")
	_, err := client.DescribeKey(ctx, &kms.DescribeKeyInput{KeyId: absent})
	var notFound *types.NotFoundException
	equal(errors.As(err, &notFound), true, "that it is a NotFoundException")
	_, err = client.Decrypt(ctx, &kms.DecryptInput{CiphertextBlob: make([]byte, 99)})
	var invalid *types.InvalidCiphertextException
	equal(errors.As(err, &invalid), true, "that it is an InvalidCiphertextException")
	_, err = client.PutKeyPolicy(ctx, &kms.PutKeyPolicyInput{KeyId: &stage.ExchangeKeys.Symmetric, Policy: aws.String("{")})
	var malformed *types.MalformedPolicyDocumentException
	equal(errors.As(err, &malformed), true, "that it is a MalformedPolicyDocumentException")
	return nil
}

func retries(*string) error {
	encrypt := func(attempts int) error {
		_, err := client.Encrypt(ctx, &kms.EncryptInput{
			KeyId: &stage.ExchangeKeys.Symmetric, Plaintext: []byte("x"),
		}, func(options *kms.Options) {
			options.BaseEndpoint = &stage.FlakyEndpoint
			options.Retryer = retry.NewStandard(func(standard *retry.StandardOptions) { standard.MaxAttempts = attempts })
		})
		return err
	}
	equal(codeOf(encrypt(1)), "ThrottlingException", "the error")
	return encrypt(4)
}

func codeOf(err error) string {
	var said smithy.APIError
	if errors.As(err, &said) {
		return said.ErrorCode()
	}
	return fmt.Sprint(err)
}

func assumeRole(*string) error {
	equal(*must(tokens.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})).Arn, stage.UserArn, "the caller")
	assumed := must(tokens.AssumeRole(ctx, &sts.AssumeRoleInput{RoleArn: &stage.RoleArn, RoleSessionName: aws.String("go")}))
	return bySession(assumed.Credentials)
}

func webIdentity(*string) error {
	assumed := must(tokens.AssumeRoleWithWebIdentity(ctx, &sts.AssumeRoleWithWebIdentityInput{
		RoleArn: &stage.WebIdentityRoleArn, RoleSessionName: aws.String("go"), WebIdentityToken: &stage.WebIdentityToken,
	}))
	return bySession(assumed.Credentials)
}

// bySession encrypts as the role, which may do no more.
func bySession(given *ststypes.Credentials) error {
	key := &stage.ExchangeKeys.Symmetric
	as := func(options *kms.Options) {
		options.Credentials = credentials.NewStaticCredentialsProvider(*given.AccessKeyId, *given.SecretAccessKey, *given.SessionToken)
	}
	must(client.Encrypt(ctx, &kms.EncryptInput{KeyId: key, Plaintext: []byte("by a session")}, as))
	_, err := client.DisableKey(ctx, &kms.DisableKeyInput{KeyId: key}, as)
	equal(codeOf(err), "AccessDeniedException", "the error")
	return nil
}
