package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"strings"

	universities "universities.example/client/generated"
	"universities.example/client/problems"
)

func main() {
	baseURL := os.Getenv("UNIVERSITIES_URL")
	if baseURL == "" {
		baseURL = "http://localhost:9000"
	}
	configuration := universities.NewConfiguration()
	configuration.Servers[0].URL = baseURL
	client := universities.NewAPIClient(configuration)

	report, _, err := client.UniversitiesAPI.FetchUniversities(context.Background()).
		Country([]string{"turkey", "turky"}).
		Execute()
	if problem := problems.Of(err); problem != nil {
		log.Fatal(problem.Detail)
	} else if err != nil {
		log.Fatal(err)
	}
	for _, outcome := range report.Outcomes {
		requested := strings.Join(outcome.Requested, ",")
		if problem := outcome.Problem.Get(); problem != nil {
			fmt.Println(requested, problem.Detail)
		} else {
			fmt.Println(requested, len(outcome.Universities))
		}
	}
}
