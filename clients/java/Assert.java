import java.util.Objects;

final class Assert {
    static void equal(Object got, Object wanted) {
        if (!Objects.equals(got, wanted)) {
            throw new AssertionError("got " + got + ", want " + wanted);
        }
    }

    static void holds(boolean condition) {
        if (!condition) {
            throw new AssertionError("does not hold");
        }
    }

    private Assert() {}
}
