//! The shape of the tree: which module may import which, and which crate appears where.
//!
//! A line of a test module counts as much as any other; comments do not count.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The import order, top to bottom: a module imports only modules below it. `config` fills the
/// settings of every module, `app`'s included, so it stands above `app`.
const ORDER: [&str; 17] = [
    "main",
    "cli",
    "config",
    "app",
    "server",
    "upstream",
    "api",
    "service",
    "fetch",
    "source",
    "catalogue",
    "outbound",
    "domain",
    "telemetry",
    "aside",
    "pages",
    "records",
];

/// A source file: its path below `src`, and its code without comments and text literals.
struct Source {
    path: String,
    code: String,
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut paths = Vec::new();
    collect(&root, &mut paths);
    let sources: Vec<_> = paths
        .into_iter()
        .map(|path| {
            let text = fs::read_to_string(&path).expect("a readable file");
            let path = path.strip_prefix(&root).expect("below src");
            Source {
                path: path.to_string_lossy().into_owned(),
                code: without_comments_and_literals(&text),
            }
        })
        .collect();
    assert!(
        sources.len() > 40,
        "the tree has {} files only",
        sources.len()
    );
    sources
}

/// The code with its comments and the insides of its text literals left out. Knows enough of
/// Rust for this tree: line comments, plain and raw literals, and quotes as characters.
fn without_comments_and_literals(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['/', '"', '\'']) {
        code.push_str(&rest[..at]);
        rest = &rest[at..];
        let skipped = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if let Some(literal) = rest.strip_prefix('"') {
            let hashes = code.len() - code.trim_end_matches('#').len();
            let raw = code.trim_end_matches('#').ends_with('r');
            let end = if raw {
                literal.find(&format!("\"{}", "#".repeat(hashes)))
            } else {
                end_of_literal(literal)
            };
            code.push_str("\"\"");
            end.map_or(rest.len(), |end| end + 2)
        } else if rest.starts_with("'\"'") || rest.starts_with("'/'") {
            3
        } else {
            code.push_str(&rest[..1]);
            1
        };
        rest = &rest[skipped..];
    }
    code + rest
}

/// Where the closing quote of a plain literal stands, after its opening one.
fn end_of_literal(literal: &str) -> Option<usize> {
    let mut escaped = false;
    literal.bytes().position(|byte| {
        let closes = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        closes
    })
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

impl Source {
    /// The top-level module it belongs to.
    fn module(&self) -> &str {
        let first = self.path.split('/').next().unwrap_or_default();
        first.trim_end_matches(".rs")
    }

    /// The top-level modules of ours it names, in `use crate::…` or in a path.
    fn imports(&self) -> BTreeSet<String> {
        let mut imports = BTreeSet::new();
        for prefix in ["crate::", "universities::"] {
            for (at, _) in self.code.match_indices(prefix) {
                let before = self.code[..at].chars().next_back();
                if before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '$') {
                    continue;
                }
                let rest = &self.code[at + prefix.len()..];
                if let Some(group) = rest.strip_prefix('{') {
                    imports.extend(group_heads(group));
                } else {
                    imports.insert(identifier(rest));
                }
            }
        }
        // `super::` as often as the file lies deep is the crate itself.
        let depth = self.path.trim_end_matches("/mod.rs").split('/').count();
        let to_the_crate = "super::".repeat(depth);
        for (at, found) in self.code.match_indices(&to_the_crate) {
            imports.insert(identifier(&self.code[at + found.len()..]));
        }
        imports
    }

    /// Whether it names a crate: `name::…` or `use name`.
    fn names(&self, krate: &str) -> bool {
        self.code.match_indices(krate).any(|(at, _)| {
            let before = self.code[..at].chars().next_back();
            let after = &self.code[at + krate.len()..];
            let starts = before.is_none_or(|c| !(c.is_alphanumeric() || "_:\"".contains(c)));
            starts && after.starts_with("::")
        })
    }
}

/// The first segments of a `{a, b::c, d::{e, f}}` group, after its opening brace.
fn group_heads(group: &str) -> Vec<String> {
    let (mut heads, mut depth, mut fresh) = (Vec::new(), 0, true);
    for (at, letter) in group.char_indices() {
        match letter {
            '}' if depth == 0 => break,
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => fresh = true,
            c if fresh && depth == 0 && c.is_alphabetic() => {
                heads.push(identifier(&group[at..]));
                fresh = false;
            }
            _ => {}
        }
    }
    heads
}

fn identifier(text: &str) -> String {
    text.chars()
        .take_while(|c| c.is_alphanumeric() || *c == '_')
        .collect()
}

fn rank(module: &str) -> Option<usize> {
    ORDER.iter().position(|name| *name == module)
}

fn assert_only_in(krate: &str, allowed: &[&str]) {
    let users: Vec<_> = sources()
        .into_iter()
        .filter(|source| source.names(krate))
        .collect();
    assert!(
        !users.is_empty(),
        "nobody names {krate}: the check looks for the wrong thing"
    );
    for source in users {
        let fits = allowed.iter().any(|place| source.path.starts_with(place));
        assert!(
            fits,
            "{krate} appears in {}, allowed are {allowed:?}",
            source.path
        );
    }
}

#[test]
fn a_module_imports_only_modules_below_it() {
    let mut seen = BTreeSet::new();
    for source in sources().iter().filter(|source| source.path != "lib.rs") {
        let module = source.module();
        let own =
            rank(module).unwrap_or_else(|| panic!("{} has no place in the order", source.path));
        for import in source
            .imports()
            .into_iter()
            .filter(|import| import != module)
        {
            let Some(other) = rank(&import) else {
                continue;
            };
            assert!(
                own < other,
                "{} imports {import}, which stands above it",
                source.path
            );
            seen.insert((module.to_owned(), import));
        }
    }
    assert!(
        seen.contains(&("api".to_owned(), "service".to_owned())),
        "{seen:?}"
    );
}

#[test]
fn api_sees_only_the_service_and_its_words() {
    for source in sources().iter().filter(|source| source.module() == "api") {
        for import in source.imports() {
            let allowed = ["api", "service", "domain", "telemetry", "aside", "pages"]
                .contains(&import.as_str());
            assert!(
                allowed || rank(&import).is_none(),
                "{} imports {import}",
                source.path
            );
        }
    }
}

#[test]
fn domain_and_telemetry_import_nothing_of_ours() {
    for source in sources() {
        let module = source.module().to_owned();
        if module == "domain" || module == "telemetry" {
            let others: Vec<_> = source
                .imports()
                .into_iter()
                .filter(|i| *i != module)
                .collect();
            assert!(others.is_empty(), "{} imports {others:?}", source.path);
        }
    }
}

#[test]
fn frameworks_stay_in_their_places() {
    assert_only_in("poem", &["api/", "server/", "upstream.rs", "app/"]);
    assert_only_in("poem_openapi", &["api/"]);
    assert_only_in(
        "reqwest",
        &[
            "outbound/",
            "source/http.rs",
            "source/classify.rs",
            "catalogue/download.rs",
            "cli/healthcheck.rs",
        ],
    );
    assert_only_in("clap", &["config/"]);
    assert_only_in("indicatif", &["cli/"]);
    assert_only_in("hyper_util", &["server/"]);
    assert_only_in("tracing_subscriber", &["telemetry/"]);
    for of_traces in ["opentelemetry", "opentelemetry_sdk", "opentelemetry_otlp"] {
        assert_only_in(of_traces, &["telemetry/"]);
    }
}

#[test]
fn the_environment_is_read_in_config_only() {
    for source in sources()
        .iter()
        .filter(|source| source.module() != "config")
    {
        for reader in ["env::var", "env::args", "env = \"\""] {
            assert!(
                !source.code.contains(reader),
                "{} has {reader}",
                source.path
            );
        }
    }
}

#[test]
fn tasks_are_spawned_in_few_places() {
    let places = [
        ("JoinSet", ["fetch/driver.rs", "server/mod.rs"].as_slice()),
        // A shared call and a stream are tasks; slow readers are of the tests' own.
        (
            "tokio::spawn",
            [
                "app/embedded.rs",
                "fetch/contract/slow_reader.rs",
                "server/connection/tests.rs",
                "server/progress.rs",
                "server/streams.rs",
                "source/flights.rs",
            ]
            .as_slice(),
        ),
        ("spawn_blocking", ["aside.rs"].as_slice()),
        // Imported by name, a spawner would not be seen.
        ("::spawn;", [].as_slice()),
        ("LocalSet", [].as_slice()),
    ];
    for (spawner, allowed) in places {
        for source in sources()
            .iter()
            .filter(|source| source.code.contains(spawner))
        {
            assert!(
                allowed.contains(&source.path.as_str()),
                "{} has {spawner}",
                source.path
            );
        }
    }
}

#[test]
fn error_statuses_of_answers_are_in_one_place() {
    let named = [
        "BAD_REQUEST",
        "NOT_FOUND",
        "METHOD_NOT_ALLOWED",
        "INTERNAL_SERVER_ERROR",
        "BAD_GATEWAY",
        "SERVICE_UNAVAILABLE",
        "GATEWAY_TIMEOUT",
        "TOO_MANY_REQUESTS",
    ];
    for source in sources() {
        let ours = ["api", "server", "upstream", "app", "service"].contains(&source.module());
        if !ours || source.path.starts_with("api/problem/") {
            continue;
        }
        for name in named {
            assert!(!source.code.contains(name), "{} has {name}", source.path);
        }
        let numbers = source.code.split(|c: char| !c.is_ascii_digit());
        let statuses: Vec<_> = numbers
            .filter_map(|number| number.parse::<u16>().ok())
            .filter(|number| (400..600).contains(number))
            .collect();
        assert!(statuses.is_empty(), "{} has {statuses:?}", source.path);
    }
}

#[test]
fn domain_does_no_io() {
    for source in sources()
        .iter()
        .filter(|source| source.module() == "domain")
    {
        for io in ["std::fs", "std::net", "std::io", "tokio::net", "tokio::fs"] {
            assert!(!source.code.contains(io), "{} has {io}", source.path);
        }
    }
}

#[test]
fn files_are_small_and_say_what_they_own() {
    for source in sources() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("src")
            .join(&source.path);
        let text = fs::read_to_string(path).expect("a readable file");
        assert!(
            text.starts_with("//!"),
            "{} does not say what it owns",
            source.path
        );
        let lines = text.lines().count();
        assert!(lines <= 320, "{} has {lines} lines", source.path);
        let name = source.path.to_lowercase();
        for vague in ["utils", "common", "helpers", "misc"] {
            assert!(!name.contains(vague), "{name} is in the wrong place");
        }
    }
}
