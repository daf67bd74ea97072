import com.fasterxml.jackson.databind.MappingIterator;
import example.universities.ApiClient;
import example.universities.ApiException;
import example.universities.ApiResponse;
import example.universities.JSON;
import example.universities.api.UniversitiesApi;
import example.universities.api.UniversitiesApi.APIFetchUniversitiesRequest;
import example.universities.api.UniversitiesApi.APIGetUniversitiesRequest;
import example.universities.api.UniversitiesApi.APILookupUniversitiesRequest;
import example.universities.api.UniversitiesApi.APILookupUniversityRequest;
import example.universities.api.UniversitiesApi.APISearchUniversitiesRequest;
import example.universities.model.Lookup;
import example.universities.model.LookupRequest;
import example.universities.model.LookupResult;
import example.universities.model.MatchKind;
import example.universities.model.Outcome;
import example.universities.model.OutcomeLine;
import example.universities.model.Problem;
import example.universities.model.Report;
import example.universities.model.StreamLine;
import example.universities.model.Summary;
import example.universities.model.SummaryLine;
import example.universities.model.University;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What callers do with the client, against a service whose upstream does as it is told. */
final class Scenario {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final UniversitiesApi api;

    private Scenario() {
        ApiClient client = new ApiClient();
        client.updateBaseUri(given("UNIVERSITIES_URL"));
        client.setReadTimeout(PATIENCE);
        api = new UniversitiesApi(client);
    }

    private static String given(String name) {
        String value = System.getenv(name);
        if (value == null) {
            throw new AssertionError(name + " is not set: run this by clients/test");
        }
        return value;
    }

    private void dictionary() throws ApiException {
        Map<String, List<University>> lists = api.getUniversities(
                APIGetUniversitiesRequest.newBuilder().country(List.of("turkey", "argentina")).build());
        Assert.equal(List.copyOf(lists.keySet()), List.of("turkey", "argentina"));
        Assert.equal(lists.get("turkey").get(0).getAlphaTwoCode(), "TR");
    }

    private void reportWithAFailedCountry() throws ApiException {
        Report report = api.fetchUniversities(APIFetchUniversitiesRequest.newBuilder()
                .country(List.of("turkey", "kenya"))
                .strategy("concurrent")
                .build());
        Assert.equal(report.getComplete(), false);
        Outcome turkey = report.getOutcomes().get(0);
        Outcome kenya = report.getOutcomes().get(1);
        Assert.holds(!turkey.getUniversities().isEmpty());
        Assert.equal(kenya.getUniversities(), null);
        Assert.equal(kenya.getProblem().getType(), "/problems/upstream-unavailable");
        Assert.equal(kenya.getProblem().getUpstreamStatus(), 503L);
    }

    /** The generated call would read every line before it looks at the first, so this one is made by hand. */
    private void streamLineByLine() throws IOException, InterruptedException {
        HttpResponse<InputStream> stream =
                get(given("UNIVERSITIES_URL") + "/v1/universities/stream?country=turkey&country=india");
        Assert.equal(stream.statusCode(), 200);

        List<Outcome> arrived = new ArrayList<>();
        Summary summary = null;
        try (MappingIterator<StreamLine> lines =
                JSON.getDefault().getMapper().readerFor(StreamLine.class).readValues(stream.body())) {
            while (lines.hasNextValue()) {
                StreamLine line = lines.nextValue();
                if (line instanceof SummaryLine last) {
                    summary = last.getSummary();
                } else if (line instanceof OutcomeLine next) {
                    arrived.add(next.getOutcome());
                    // India is held back until the first country is here.
                    if (arrived.size() == 1) {
                        get(given("UNIVERSITIES_GATE_URL")).body().close();
                    }
                }
            }
        }
        Assert.holds(summary != null && summary.getComplete());
        Assert.equal(arrived.stream().map(outcome -> outcome.getCountry().getCode()).toList(), List.of("TR", "IN"));
        Assert.holds(arrived.stream().noneMatch(outcome -> outcome.getUniversities().isEmpty()));
    }

    private static HttpResponse<InputStream> get(String address) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create(address)).timeout(PATIENCE).build();
        return HttpClient.newHttpClient().send(request, BodyHandlers.ofInputStream());
    }

    private void lookup() throws ApiException {
        Lookup one = api.lookupUniversity(
                APILookupUniversityRequest.newBuilder().domain("cs.metu.edu.tr").build());
        Assert.equal(one.getMatches().get(0).getMatch(), MatchKind.PARENT);
        Assert.equal(one.getMatches().get(0).getUniversity().getName(), "Middle East Technical University");

        LookupRequest queries = new LookupRequest().queries(List.of("student@metu.edu.tr", "edu.tr"));
        List<LookupResult> many = api.lookupUniversities(
                        APILookupUniversitiesRequest.newBuilder().lookupRequest(queries).build())
                .getResults();
        Assert.equal(many.get(0).getMatches().get(0).getMatch(), MatchKind.EXACT);
        Assert.equal(many.get(1).getProblem().getType(), "/problems/unknown-domain");
    }

    private void searchPageByPage() throws ApiException {
        int limit = 10;
        List<String> names = new ArrayList<>();
        for (int total = 1; names.size() < total; ) {
            ApiResponse<List<University>> page = api.searchUniversitiesWithHttpInfo(
                    APISearchUniversitiesRequest.newBuilder()
                            .country("turkey")
                            .limit((long) limit)
                            .offset((long) names.size())
                            .build());
            Assert.holds(!page.getData().isEmpty() && page.getData().size() <= limit);
            page.getData().forEach(university -> names.add(university.getName()));
            total = Integer.parseInt(page.getHeaders().get("X-Total-Count").get(0));
        }
        List<University> everything = api.searchUniversities(
                APISearchUniversitiesRequest.newBuilder().country("turkey").build());
        Assert.holds(names.size() > limit);
        Assert.equal(names, everything.stream().map(University::getName).toList());
    }

    private void problems() {
        ApiException wrong = failureOf(() -> api.searchUniversities(
                APISearchUniversitiesRequest.newBuilder().limit(0L).build()));
        Problem invalid = Problems.of(wrong).orElseThrow();
        Assert.equal(wrong.getCode(), 400);
        Assert.equal(invalid.getType(), "/problems/invalid-parameter");
        Assert.equal(invalid.getErrors().get(0).getParameter(), "limit");
        Assert.equal(invalid.getErrors().get(0).getGiven(), "0");

        ApiException unknown = failureOf(() -> api.getUniversities(
                APIGetUniversitiesRequest.newBuilder().country(List.of("turky")).build()));
        Problem nowhere = Problems.of(unknown).orElseThrow();
        Assert.equal(unknown.getCode(), 404);
        Assert.equal(nowhere.getType(), "/problems/unknown-country");
        Assert.equal(nowhere.getSuggestions(), List.of("Türkiye"));
    }

    private interface Call {
        Object make() throws ApiException;
    }

    private static ApiException failureOf(Call call) {
        try {
            call.make();
        } catch (ApiException failed) {
            return failed;
        }
        throw new AssertionError("does not fail");
    }

    private void deadline() throws ApiException {
        Report report = api.fetchUniversities(APIFetchUniversitiesRequest.newBuilder()
                .country(List.of("turkey", "australia"))
                .deadlineMs(300L)
                .build());
        Outcome turkey = report.getOutcomes().get(0);
        Outcome australia = report.getOutcomes().get(1);
        Assert.holds(turkey.getUniversities() != null);
        Assert.equal(australia.getProblem().getType(), "/problems/deadline-exceeded");
    }

    private interface Step {
        void run() throws Exception;
    }

    private static void step(String name, Step step) throws Exception {
        step.run();
        System.out.println("  " + name);
    }

    public static void main(String[] arguments) throws Exception {
        Scenario scenario = new Scenario();
        step("dictionary", scenario::dictionary);
        step("report with a failed country", scenario::reportWithAFailedCountry);
        step("stream line by line", scenario::streamLineByLine);
        step("lookup", scenario::lookup);
        step("search page by page", scenario::searchPageByPage);
        step("problems", scenario::problems);
        step("deadline", scenario::deadline);
    }
}
