//! How long the first country takes to be understood, and every other.
//!
//! The table of names is made when it is first needed, so each measurement of that is a process of
//! its own: `cargo bench --bench names`.

#![expect(clippy::print_stdout, reason = "a benchmark's report")]

use std::hint::black_box;
use std::process::Command;
use std::time::{Duration, Instant};

use universities::domain::{fold, resolve};

const ONCE: &str = "--once";
const PROCESSES: usize = 21;
const REPEATS: u32 = 100_000;

fn main() {
    #[expect(clippy::disallowed_methods, reason = "nothing here is paused")]
    let now = Instant::now;
    if std::env::args().any(|argument| argument == ONCE) {
        let began = now();
        let _ = black_box(resolve(black_box("Türkei")));
        println!("{}", began.elapsed().as_nanos());
        return;
    }
    let itself = std::env::current_exe().expect("a program");
    let mut first: Vec<u64> = (0..PROCESSES)
        .map(|_| {
            let output = Command::new(&itself).arg(ONCE).output().expect("a process");
            let text = String::from_utf8(output.stdout).expect("text");
            text.trim().parse().expect("a number")
        })
        .collect();
    first.sort_unstable();
    let [least, median, most] = [0, PROCESSES / 2, PROCESSES - 1].map(|at| first[at]);
    println!("first country, {PROCESSES} processes, in microseconds:");
    println!(
        "  least {}, median {}, most {}",
        least / 1000,
        median / 1000,
        most / 1000
    );
    let each = |what: &str, work: &dyn Fn()| {
        let began = now();
        (0..REPEATS).for_each(|_| work());
        let each: Duration = began.elapsed() / REPEATS;
        println!("{what}: {} ns", each.as_nanos());
    };
    for text in [
        "tr",
        "Türkei",
        "Korea, Republic of",
        "the united states of america",
    ] {
        each(&format!("resolving {text:?}"), &|| {
            let _ = black_box(resolve(black_box(text)));
        });
    }
    each("folding a name of 60 letters", &|| {
        let name = "The Université de Technologie & Sciences d’Orléans, Campus Nord";
        let _ = black_box(fold(black_box(name)));
    });
}
