"""What can go wrong in a run, and with which exit code it ends."""


class BenchError(Exception):
    """A run that cannot go on."""

    exit_code = 1


class WrongAnswer(BenchError):
    """A subject answered something other than it should."""


class PeerFailed(BenchError):
    """A subject did not start, or ended early."""


class NotInstalled(BenchError):
    """Something that the harness needs is missing and could not be installed."""

    exit_code = 2
