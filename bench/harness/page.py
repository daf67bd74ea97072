"""A run's result as a Markdown page."""

from pathlib import Path

#: Heading and decimals of each figure; one that is not here is only in the JSON file.
_COLUMNS = {
    "per_second": ("requests/s", 1),
    "p50_ms": ("p50, ms", 2),
    "p99_ms": ("p99, ms", 2),
    "added_p50_ms": ("added p50, ms", 2),
    "added_p99_ms": ("added p99, ms", 2),
    "ms": ("ms", 2),
    "added_ms": ("added, ms", 2),
    "cpu_ms": ("CPU, ms", 2),
    "cpu_ms_per_request": ("CPU per request, ms", 3),
    "mib": ("MiB", 1),
    "anon_mib": ("of it anonymous, MiB", 1),
    "file_mib": ("of it files, MiB", 1),
    "peak_bytes": ("peak, MiB", 1),
    "bytes": ("bytes", 0),
    "percent": ("%", 1),
}
#: Figures of a load that say no more than its throughput does.
_LOAD_ONLY = {"bytes"}
_MIB = 1 << 20


def write(result: dict, plots: list[Path], target: Path) -> None:
    """Writes the page next to the folder of its plots."""
    parts = [f"# Benchmark of {result['date']}", _settings(result), _targets(result["targets"])]
    for name, compared in result["measurements"].items():
        if compared:
            parts.append(f"## {name.capitalize()}")
            parts += [_comparison(one) for one in compared.values()]
    if plots:
        parts.append("## Plots")
        parts += [f"![{plot.stem.replace('-', ' ')}]({plot.relative_to(target.parent)})" for plot in plots]
    target.write_text("\n\n".join(part for part in parts if part) + "\n", encoding="utf-8")


def _settings(result: dict) -> str:
    machine, settings = result["machine"], result["settings"]
    versions = machine["versions"]
    lines = [
        f"{machine['cpu']}, {machine['cores']} cores, Linux {machine['kernel']}, {machine['system']}.",
        f"{versions['service']} ({_origin(versions)}), {versions['rustc']}, nginx {versions['nginx']},"
        f" wrk {versions['wrk']}, Python {versions['python']}.",
        f"{settings['rounds']} rounds of {settings['seconds']:g} s a load, {settings['list']}."
        " Figures are medians over rounds with least and most; ratios are of medians.",
    ]
    if settings["quick"]:
        lines.append("**A quick run: it shows that everything works, and measures nothing.**")
    return "\n".join(lines)


def _origin(versions: dict) -> str:
    """Which program was measured."""
    return versions["commit"] if versions["service_built_here"] else f"given, SHA-256 {versions['service_sha256'][:16]}"


def _targets(targets: list[dict]) -> str:
    rows = [
        [row["target"], row["limit"], f"{row['value']:.3g} {row['unit']}", "yes" if row["holds"] else "**no**"]
        for row in targets
    ]
    return "## Targets\n\n" + _table(["target", "limit", "measured", "holds"], rows) if rows else ""


def _comparison(compared: dict) -> str:
    main, reference, subjects = compared["main"], compared["reference"], compared["subjects"]
    present = {key for subject in subjects.values() for key in subject["figures"]}
    columns = [key for key in _COLUMNS if key in present and not (key in _LOAD_ONLY and key != main)]
    heads = ["", *(_COLUMNS[key][0] for key in columns)]
    if reference:
        heads.append(f"ratio to {reference}")
    rows = []
    for name, subject in subjects.items():
        row = [name, *(_figure(subject["figures"].get(key), key) for key in columns)]
        if reference:
            base = subjects[reference]["figures"][main]["median"]
            row.append(f"{subject['figures'][main]['median'] / base:.3f}" if base else "")
        rows.append(row)
    parts = [f"### {compared['title']}", _table(heads, rows), compared.get("note", "")]
    return "\n\n".join(part for part in parts if part)


def _figure(spread: dict | None, key: str) -> str:
    if spread is None:
        return ""
    scale = _MIB if key == "peak_bytes" else 1
    median, least, most = (f"{spread[part] / scale:.{_COLUMNS[key][1]}f}" for part in ("median", "min", "max"))
    return median if least == most else f"{median} ({least} to {most})"


def _table(heads: list[str], rows: list[list[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
