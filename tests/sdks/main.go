// Asks the AWS SDK for Go which credentials and which region it takes, in each of many environments.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

type answer struct {
	ID     *string `json:"id"`
	Region string  `json:"region"`
	Error  string  `json:"error,omitempty"`
}

func ask(situation map[string]string) answer {
	os.Clearenv()
	for name, value := range situation {
		os.Setenv(name, value)
	}
	// Set once, from the home folder of the process.
	config.DefaultSharedConfigFiles = []string{config.DefaultSharedConfigFilename()}
	config.DefaultSharedCredentialsFiles = []string{config.DefaultSharedCredentialsFilename()}
	loaded, err := config.LoadDefaultConfig(context.Background(), config.WithRetryMaxAttempts(1))
	if err != nil {
		return answer{Error: err.Error()}
	}
	credentials, err := loaded.Credentials.Retrieve(context.Background())
	if err != nil {
		return answer{Region: loaded.Region, Error: err.Error()}
	}
	return answer{ID: &credentials.AccessKeyID, Region: loaded.Region}
}

// until goes on in the environment of this process until it has seen so many sessions, and calls STS with each.
func until(sessions int) error {
	loaded, err := config.LoadDefaultConfig(context.Background())
	if err != nil {
		return err
	}
	client := sts.NewFromConfig(loaded)
	for seen := map[string]time.Time{}; len(seen) < sessions; time.Sleep(400 * time.Millisecond) {
		credentials, err := loaded.Credentials.Retrieve(context.Background())
		if err != nil {
			return err
		}
		if seen[credentials.AccessKeyID].IsZero() {
			seen[credentials.AccessKeyID] = time.Now()
		}
		fmt.Println(credentials.AccessKeyID, time.Now().UnixMilli())
		// This SDK may use a session up to its end. A call just before that would arrive after it.
		if time.Since(seen[credentials.AccessKeyID]) > 2*time.Second {
			continue
		}
		if _, err := client.GetCallerIdentity(context.Background(), nil); err != nil {
			return err
		}
	}
	return nil
}

func main() {
	if len(os.Args) == 3 && os.Args[1] == "--until" {
		sessions, err := strconv.Atoi(os.Args[2])
		if err == nil {
			err = until(sessions)
		}
		if err != nil {
			panic(err)
		}
		return
	}
	file, err := os.Open(os.Args[1])
	if err != nil {
		panic(err)
	}
	var situations []map[string]string
	if err := json.NewDecoder(file).Decode(&situations); err != nil {
		panic(err)
	}
	answers := []answer{}
	for _, situation := range situations {
		answers = append(answers, ask(situation))
	}
	json.NewEncoder(os.Stdout).Encode(map[string][]answer{"go-v2": answers})
}
