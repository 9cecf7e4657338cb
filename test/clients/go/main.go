// The AWS SDK for Go v2, SOPS and sigstore's KMS signer, as their users use them.
package main

import (
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
)

var libraries = []string{
	"github.com/aws/aws-sdk-go-v2/service/kms",
	"github.com/getsops/sops/v3",
	"github.com/sigstore/sigstore/pkg/signature/kms/aws",
}

func main() {
	if err := readStage(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	run("versions", versions)
	operations()
	specs()
	run("SOPS as a library", sopsDocument)
	run("SOPS in a role", sopsInRole)
	run("sigstore's KMS signer", sigstoreSigner)
}

func versions() error {
	said := []string{"Go " + strings.TrimPrefix(runtime.Version(), "go")}
	build, _ := debug.ReadBuildInfo()
	for _, dep := range build.Deps {
		for _, name := range libraries {
			if dep.Path == name {
				short := strings.TrimPrefix(name, "github.com/")
				said = append(said, short+" "+strings.TrimPrefix(dep.Version, "v"))
			}
		}
	}
	return note(strings.Join(said, ", "))
}
