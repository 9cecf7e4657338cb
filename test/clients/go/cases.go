package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"
)

// kind is a key that the runner has made, of one spec and usage.
type kind struct {
	KeySpec    string
	KeyUsage   string
	Algorithms []string
	Arn        string
}

// stage is what the runner has made for this client (test/clients/stage.ts).
var stage struct {
	Endpoint, FlakyEndpoint, Region, OtherRegion           string
	UserArn, RoleArn, WebIdentityRoleArn, WebIdentityToken string
	Kinds                                                  []kind
	ExchangeKeys                                           struct{ Symmetric, Mrk, Replica string }
	CustomKeyStore                                         struct {
		CustomKeyStoreName, CloudHsmClusterId, TrustAnchorCertificate, KeyStorePassword string
	}
}

func readStage() error {
	text, err := os.ReadFile(os.Getenv("STRONGROOM_STAGE"))
	if err != nil {
		return err
	}
	return json.Unmarshal(text, &stage)
}

// note is an error that is none: it says what was seen, or which limit of a library was met.
type note string

func (n note) Error() string { return string(n) }

// run runs one case and tells it in one line of JSON (test/clients/results.ts).
func run(name string, test func() error) {
	started := time.Now()
	err := recovered(test)
	line := map[string]any{"name": name, "ok": true}
	var said note
	if errors.As(err, &said) {
		line["detail"] = said.Error()
	} else if err != nil {
		line["ok"], line["detail"] = false, err.Error()
	}
	line["ms"] = float64(time.Since(started).Microseconds()) / 1000
	_ = json.NewEncoder(os.Stdout).Encode(line)
}

func recovered(test func() error) (err error) {
	defer func() {
		if thrown := recover(); thrown != nil {
			err = fmt.Errorf("panic: %v", thrown)
		}
	}()
	return test()
}

// check panics: the case fails with that error.
func check(err error) {
	if err != nil {
		panic(err)
	}
}

// must is check for a call with a result.
func must[T any](value T, err error) T {
	check(err)
	return value
}

func equal[T comparable](found, wanted T, what string) {
	if found != wanted {
		panic(fmt.Sprintf("%s is %v, not %v", what, found, wanted))
	}
}

func same(found, wanted []byte, what string) {
	if !bytes.Equal(found, wanted) {
		panic(fmt.Sprintf("%s is %x, not %x", what, found, wanted))
	}
}
