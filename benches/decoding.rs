//! What reading, checking and writing an upstream's list costs.
//!
//! The lists are those of a generated country, the size of India in the public list:
//! `cargo bench --bench decoding`.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use serde::de::IgnoredAny;
use serde_json::json;
use universities::domain::country_of;
use universities::source::decode;

/// A list of so many records, as the public API writes them; every tenth has a name with accents, and
/// every twentieth an escape.
fn list(records: usize) -> Vec<u8> {
    let records: Vec<_> = (0..records)
        .map(|number| {
            let name = match number % 20 {
                0 => format!("Institute \"{number}\" of Technology"),
                10 => format!("Université Économique {number}"),
                _ => format!("National University of Applied Sciences {number}"),
            };
            json!({
                "name": name,
                "domains": [format!("university{number}.ac.in")],
                "web_pages": [format!("https://www.university{number}.ac.in/")],
                "country": "India",
                "alpha_two_code": "IN",
                "state-province": null,
            })
        })
        .collect();
    serde_json::to_vec(&records).expect("JSON")
}

fn decoding(criterion: &mut Criterion) {
    let india = country_of("India").expect("a country");
    let document = list(475);
    let mut group = criterion.benchmark_group("decoding");
    group.throughput(Throughput::Bytes(document.len() as u64));
    group.bench_function("read, checked and written", |bencher| {
        bencher.iter(|| {
            let documents = [(black_box(&document[..]), "India")];
            decode(india, &documents).expect("a list")
        });
    });
    // What any decoder must do, for comparison.
    group.bench_function("skipped", |bencher| {
        bencher.iter(|| serde_json::from_slice::<IgnoredAny>(black_box(&document)).expect("JSON"));
    });
    group.finish();
}

criterion_group!(benches, decoding);
criterion_main!(benches);
