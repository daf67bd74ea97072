//! How fast JSON decoders read a country's list: `cargo run --release -- LIST [COUNTRY]`.
//!
//! All read the same records by the same serde types, with the service's allocator. The best of some
//! runs counts, since whatever disturbs one only makes it slower.

use std::borrow::Cow;
use std::error::Error;
use std::hint::black_box;
use std::marker::PhantomData;
use std::time::Instant;

use serde::de::{IgnoredAny, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

const RUNS: usize = 15;
const TIMES: u32 = 100;

/// Every text copied.
#[derive(Deserialize)]
#[expect(dead_code, reason = "only read")]
struct Owned {
    name: Option<String>,
    country: Option<String>,
    alpha_two_code: Option<String>,
    #[serde(rename = "state-province")]
    state_province: Option<String>,
    domains: Vec<String>,
    web_pages: Vec<String>,
}

/// Texts without escapes left where they are.
#[derive(Deserialize)]
#[expect(dead_code, reason = "only read")]
struct Borrowed<'a> {
    #[serde(borrow)]
    name: Option<Cow<'a, str>>,
    #[serde(borrow)]
    country: Option<Cow<'a, str>>,
    #[serde(borrow)]
    alpha_two_code: Option<Cow<'a, str>>,
    #[serde(borrow, rename = "state-province")]
    state_province: Option<Cow<'a, str>>,
    #[serde(borrow)]
    domains: Vec<&'a str>,
    #[serde(borrow)]
    web_pages: Vec<&'a str>,
}

/// Reads one record after another, and keeps none.
struct Records<R>(PhantomData<R>);

impl<'de, R: Deserialize<'de>> Visitor<'de> for Records<R> {
    type Value = usize;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a list of records")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<usize, A::Error> {
        let mut number = 0;
        while let Some(record) = list.next_element::<R>()? {
            black_box(&record);
            number += 1;
        }
        Ok(number)
    }
}

fn read<'de, R: Deserialize<'de>, D: Deserializer<'de>>(json: D) -> usize
where
    D::Error: std::fmt::Debug,
{
    json.deserialize_seq(Records::<R>(PhantomData))
        .expect("a good list")
}

fn time(name: &str, document: &[u8], records: usize, mut decode: impl FnMut() -> usize) {
    assert_eq!(decode(), records, "{name} reads another number of records");
    let run = || {
        let began = Instant::now();
        for _ in 0..TIMES {
            black_box(decode());
        }
        began.elapsed() / TIMES
    };
    let best = std::iter::repeat_with(run).take(RUNS).min();
    let seconds = best.unwrap_or_default().as_secs_f64();
    let rate = document.len() as f64 / seconds / 1e6;
    println!("{name:44} {:7.1} us {rate:6.0} MB/s", seconds * 1e6);
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let path = arguments
        .next()
        .ok_or("a list in the public format is needed")?;
    let country = arguments.next().unwrap_or_else(|| "India".to_owned());
    let mut list: Vec<Value> = serde_json::from_slice(&std::fs::read(path)?)?;
    list.retain(|record| record["country"] == *country);
    let number = list.len();
    let document = serde_json::to_vec(&list)?;
    println!("{country}: {number} records, {} bytes", document.len());
    let time = |name: &str, decode: &mut dyn FnMut() -> usize| {
        time(name, &document, number, decode);
    };

    use serde_json::Deserializer as SerdeJson;
    use sonic_rs::Deserializer as Sonic;
    let text = || std::str::from_utf8(&document).expect("text");
    time("serde_json, owned", &mut || {
        read::<Owned, _>(&mut SerdeJson::from_slice(&document))
    });
    time("serde_json, borrowed", &mut || {
        read::<Borrowed<'_>, _>(&mut SerdeJson::from_slice(&document))
    });
    time("serde_json, borrowed, UTF-8 checked at once", &mut || {
        read::<Borrowed<'_>, _>(&mut SerdeJson::from_str(text()))
    });
    time("serde_json, skipped", &mut || {
        read::<IgnoredAny, _>(&mut SerdeJson::from_slice(&document))
    });
    time("sonic-rs, owned", &mut || {
        read::<Owned, _>(&mut Sonic::from_slice(&document))
    });
    time("sonic-rs, borrowed", &mut || {
        read::<Borrowed<'_>, _>(&mut Sonic::from_slice(&document))
    });
    time("sonic-rs, skipped", &mut || {
        read::<IgnoredAny, _>(&mut Sonic::from_slice(&document))
    });
    // It writes into what it reads, which is therefore copied first.
    let mut buffers = simd_json::Buffers::new(document.len());
    time("simd-json, borrowed", &mut || {
        let mut document = document.clone();
        let json = simd_json::Deserializer::from_slice_with_buffers(&mut document, &mut buffers);
        read::<Borrowed<'_>, _>(&mut json.expect("JSON"))
    });
    Ok(())
}
