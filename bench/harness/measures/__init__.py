"""The measurements by the names that `--only` takes, in the order in which they run."""

from . import coded, cold, latency, many, memory, profile, small, strategies, warm

MEASURES = {
    "warm": warm.measure,
    "coded": coded.measure,
    "small": small.measure,
    "cold": cold.measure,
    "latency": latency.measure,
    "strategies": strategies.measure,
    "memory": memory.measure,
    "many": many.measure,
    "profile": profile.measure,
}
