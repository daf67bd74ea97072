import com.fasterxml.jackson.core.JsonProcessingException;
import example.universities.ApiException;
import example.universities.JSON;
import example.universities.model.Problem;
import java.util.Optional;

final class Problems {
    /** The problem that the service answered with; none when the call failed in another way. */
    static Optional<Problem> of(ApiException failed) {
        if (failed.getResponseBody() == null) {
            return Optional.empty();
        }
        try {
            return Optional.ofNullable(
                            JSON.getDefault().getMapper().readValue(failed.getResponseBody(), Problem.class))
                    .filter(problem -> problem.getType() != null);
        } catch (JsonProcessingException notOne) {
            return Optional.empty();
        }
    }

    private Problems() {}
}
