import example.universities.ApiClient;
import example.universities.ApiException;
import example.universities.api.UniversitiesApi;
import example.universities.api.UniversitiesApi.APIFetchUniversitiesRequest;
import example.universities.model.Outcome;
import example.universities.model.Report;
import java.util.List;

final class FirstCall {
    public static void main(String[] arguments) throws ApiException {
        ApiClient client = new ApiClient();
        client.updateBaseUri(System.getenv().getOrDefault("UNIVERSITIES_URL", "http://localhost:9000"));
        UniversitiesApi api = new UniversitiesApi(client);

        try {
            Report report = api.fetchUniversities(
                    APIFetchUniversitiesRequest.newBuilder().country(List.of("turkey", "turky")).build());
            for (Outcome outcome : report.getOutcomes()) {
                String requested = String.join(",", outcome.getRequested());
                if (outcome.getProblem() == null) {
                    System.out.println(requested + " " + outcome.getUniversities().size());
                } else {
                    System.out.println(requested + " " + outcome.getProblem().getDetail());
                }
            }
        } catch (ApiException failed) {
            System.err.println(Problems.of(failed).orElseThrow(() -> failed).getDetail());
            System.exit(1);
        }
    }
}
