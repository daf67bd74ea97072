// What callers do with the client, against a service whose upstream does as it is told.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"time"

	universities "universities.example/client/generated"
	"universities.example/client/problems"
)

func given(name string) string {
	value := os.Getenv(name)
	if value == "" {
		fail("%s is not set: run this by clients/test", name)
	}
	return value
}

func dictionary(ctx context.Context, api *universities.UniversitiesAPIService) {
	lists, _, err := api.GetUniversities(ctx).Country([]string{"turkey", "argentina"}).Execute()
	must(err)
	equal(len(*lists), 2)
	holds(len((*lists)["argentina"]) > 0)
	holds(len((*lists)["turkey"]) > 0)
	equal((*lists)["turkey"][0].AlphaTwoCode, "TR")
}

func reportWithAFailedCountry(ctx context.Context, api *universities.UniversitiesAPIService) {
	report, _, err := api.FetchUniversities(ctx).
		Country([]string{"turkey", "kenya"}).
		Strategy("concurrent").
		Execute()
	must(err)
	equal(report.Complete, false)
	equal(len(report.Outcomes), 2)
	turkey, kenya := report.Outcomes[0], report.Outcomes[1]
	holds(len(turkey.Universities) > 0)
	holds(kenya.Universities == nil)
	problem := kenya.Problem.Get()
	holds(problem != nil)
	equal(problem.Type, "/problems/upstream-unavailable")
	equal(problem.GetUpstreamStatus(), 503)
}

// The generated call would read every line before it looks at the first, so this one is made by hand.
func streamLineByLine(ctx context.Context, _ *universities.UniversitiesAPIService) {
	query := url.Values{"country": {"turkey", "india"}}
	stream := get(ctx, given("UNIVERSITIES_URL")+"/v1/universities/stream?"+query.Encode())
	defer stream.Body.Close()
	equal(stream.StatusCode, http.StatusOK)

	var arrived []universities.Outcome
	var summary *universities.Summary
	for lines := json.NewDecoder(stream.Body); lines.More(); {
		var line universities.StreamLine
		must(lines.Decode(&line))
		if line.SummaryLine != nil {
			summary = &line.Summary
			continue
		}
		arrived = append(arrived, line.Outcome)
		// India is held back until the first country is here.
		if len(arrived) == 1 {
			get(ctx, given("UNIVERSITIES_GATE_URL")).Body.Close()
		}
	}
	holds(summary != nil && summary.Complete)
	equal(len(arrived), 2)
	equal(arrived[0].Country.Get().GetCode(), "TR")
	equal(arrived[1].Country.Get().GetCode(), "IN")
	for _, outcome := range arrived {
		holds(len(outcome.Universities) > 0)
	}
}

func get(ctx context.Context, address string) *http.Response {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	must(err)
	response, err := http.DefaultClient.Do(request)
	must(err)
	return response
}

func lookup(ctx context.Context, api *universities.UniversitiesAPIService) {
	one, _, err := api.LookupUniversity(ctx).Domain("cs.metu.edu.tr").Execute()
	must(err)
	holds(len(one.Matches) > 0)
	equal(one.Matches[0].Match, universities.MATCHKIND_PARENT)
	equal(one.Matches[0].University.Name, "Middle East Technical University")

	many, _, err := api.LookupUniversities(ctx).
		LookupRequest(*universities.NewLookupRequest([]string{"student@metu.edu.tr", "edu.tr"})).
		Execute()
	must(err)
	equal(len(many.Results), 2)
	holds(len(many.Results[0].Matches) > 0)
	equal(many.Results[0].Matches[0].Match, universities.MATCHKIND_EXACT)
	equal(many.Results[1].Problem.Get().GetType(), "/problems/unknown-domain")
}

func searchPageByPage(ctx context.Context, api *universities.UniversitiesAPIService) {
	const limit = 10
	var names []string
	for total := 1; len(names) < total; {
		page, response, err := api.SearchUniversities(ctx).
			Country("turkey").
			Limit(limit).
			Offset(int64(len(names))).
			Execute()
		must(err)
		holds(len(page) > 0 && len(page) <= limit)
		names = append(names, namesOf(page)...)
		total, err = strconv.Atoi(response.Header.Get("X-Total-Count"))
		must(err)
	}
	everything, _, err := api.SearchUniversities(ctx).Country("turkey").Execute()
	must(err)
	holds(len(names) > limit)
	equal(names, namesOf(everything))
}

func namesOf(page []universities.University) []string {
	var names []string
	for _, university := range page {
		names = append(names, university.Name)
	}
	return names
}

func problemsOfCalls(ctx context.Context, api *universities.UniversitiesAPIService) {
	_, response, err := api.SearchUniversities(ctx).Limit(0).Execute()
	wrong := problems.Of(err)
	holds(wrong != nil)
	equal(response.StatusCode, http.StatusBadRequest)
	equal(wrong.Type, "/problems/invalid-parameter")
	holds(len(wrong.Errors) > 0)
	equal(wrong.Errors[0].GetParameter(), "limit")
	equal(wrong.Errors[0].GetGiven(), "0")

	_, response, err = api.GetUniversities(ctx).Country([]string{"turky"}).Execute()
	unknown := problems.Of(err)
	holds(unknown != nil)
	equal(response.StatusCode, http.StatusNotFound)
	equal(unknown.Type, "/problems/unknown-country")
	equal(unknown.Suggestions, []string{"Türkiye"})
}

func deadline(ctx context.Context, api *universities.UniversitiesAPIService) {
	report, _, err := api.FetchUniversities(ctx).
		Country([]string{"turkey", "australia"}).
		DeadlineMs(300).
		Execute()
	must(err)
	equal(len(report.Outcomes), 2)
	turkey, australia := report.Outcomes[0], report.Outcomes[1]
	holds(turkey.Universities != nil)
	equal(australia.Problem.Get().GetType(), "/problems/deadline-exceeded")
}

func main() {
	configuration := universities.NewConfiguration()
	configuration.Servers[0].URL = given("UNIVERSITIES_URL")
	api := universities.NewAPIClient(configuration).UniversitiesAPI

	for _, step := range []struct {
		name string
		run  func(context.Context, *universities.UniversitiesAPIService)
	}{
		{"dictionary", dictionary},
		{"report with a failed country", reportWithAFailedCountry},
		{"stream line by line", streamLineByLine},
		{"lookup", lookup},
		{"search page by page", searchPageByPage},
		{"problems", problemsOfCalls},
		{"deadline", deadline},
	} {
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		step.run(ctx, api)
		cancel()
		fmt.Println("  " + step.name)
	}
}
