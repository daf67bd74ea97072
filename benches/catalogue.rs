//! What a search, a lookup and a new list cost.
//!
//! The list is the file that `UNIVERSITIES_TEST_LIST` names, or the bundled sample, which is a
//! tenth of the public one: `UNIVERSITIES_TEST_LIST=list.json cargo bench --bench catalogue`.

use std::hint::black_box;
use std::path::PathBuf;

use criterion::{Criterion, criterion_group, criterion_main};
use universities::catalogue::{Catalogue, Filter};
use universities::domain::{HostName, country_of};

fn list() -> Option<PathBuf> {
    #[expect(
        clippy::disallowed_methods,
        reason = "benchmarks have no configuration"
    )]
    let path = std::env::var_os("UNIVERSITIES_TEST_LIST");
    path.map(PathBuf::from)
}

fn load() -> Catalogue {
    let catalogue = match list() {
        Some(path) => Catalogue::load(&path),
        None => Catalogue::sample(),
    };
    catalogue.expect("a good list")
}

fn name(text: &str) -> Filter {
    Filter {
        name: Some(text.to_owned()),
        ..Filter::default()
    }
}

fn contains(text: &str) -> Filter {
    Filter {
        name_contains: Some(text.to_owned()),
        ..Filter::default()
    }
}

fn domain(text: &str) -> Filter {
    Filter {
        domain: HostName::parse(text),
        ..Filter::default()
    }
}

/// The usual ones, and those that find the most or look the longest.
fn searches() -> Vec<(&'static str, Filter)> {
    let country = country_of("United States");
    vec![
        ("everything", Filter::default()),
        (
            "country",
            Filter {
                country,
                ..Filter::default()
            },
        ),
        ("name: middle technical", name("middle technical")),
        ("name: u", name("u")),
        ("name: university of", name("university of")),
        (
            "name: every letter",
            name("a b c d e f g h i j k l m n o p q r s t u v w x y z 0 1 2 3 4 5 6 7"),
        ),
        ("name: no such", name("xylophone zebra")),
        ("part: university", contains("university")),
        ("part: i", contains("i")),
        ("part: e u", contains("e u")),
        ("part: no such", contains("iversityx")),
        ("domain: cs.usc.edu", domain("cs.usc.edu")),
        (
            "all at once",
            Filter {
                name: Some("univ o".to_owned()),
                name_contains: Some("ni".to_owned()),
                country,
                domain: HostName::parse("usc.edu"),
            },
        ),
    ]
}

fn measure(criterion: &mut Criterion) {
    let catalogue = load();
    let size = catalogue.universities().len();
    let mut group = criterion.benchmark_group(format!("search in {size} universities"));
    for (what, filter) in searches() {
        let found = catalogue.search(&filter).len();
        group.bench_function(format!("{what} ({found} found)"), |bencher| {
            bencher.iter(|| catalogue.search(black_box(&filter)));
        });
    }
    group.finish();
    let host = HostName::parse("a.b.cs.usc.edu").expect("a name");
    criterion.bench_function("lookup", |bencher| {
        bencher.iter(|| catalogue.lookup(black_box(&host)).is_some());
    });
    criterion.bench_function("reading a host name", |bencher| {
        bencher.iter(|| HostName::parse(black_box("cs.hochschule-münchen.de")));
    });
    let mut group = criterion.benchmark_group("list");
    group.sample_size(10);
    group.bench_function(format!("loading {size} universities"), |bencher| {
        bencher.iter(load);
    });
}

criterion_group!(benches, measure);
criterion_main!(benches);
