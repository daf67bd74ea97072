//! What an answer costs whose lists are all kept: `cargo bench --bench answers`.

mod fixture;

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use poem::http::Request;
use universities::api::Api;

use fixture::{Caller, whole_api};

const REPORT: &str = "/v1/universities?country=us&country=fr&country=tr";
const DICTIONARY: &str = "/universities/async?country=us&country=fr&country=tr";

fn answers(criterion: &mut Criterion) {
    let Api { endpoint, ready } = whole_api();
    let caller = Caller::new(&endpoint);
    let mut group = criterion.benchmark_group("answers");
    // The first fetches the lists.
    caller.ask(REPORT);
    group.bench_function("a report, put together", |bencher| {
        bencher.iter(|| caller.ask(black_box(REPORT)));
    });
    caller.ask(DICTIONARY);
    let request = Request::get(DICTIONARY).header("Host", "x");
    let request = request.body(()).expect("a request");
    group.bench_function("a dictionary, ready", |bencher| {
        bencher.iter(|| ready.look_up(black_box(&request)).expect("a ready answer"));
    });
    group.finish();
}

criterion_group!(benches, answers);
criterion_main!(benches);
